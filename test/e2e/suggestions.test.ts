/** `S` in the built explorer: the search behind the panes, a suggested view that is switched on, what `w` writes, and nothing left behind. */
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { loadWorkload } from '../../src/workload/load.ts';
import { catalogOf } from '../helpers/database.ts';
import { IDLE, inOrder, planName } from '../helpers/shown.ts';
import type { Terminal } from '../helpers/terminal.ts';
import { PACKAGE } from './built.ts';
import { cacheOfFile, SCALE, shopOfFile, untilNobodyWorks } from './caches.ts';
import { explorer } from './programs.ts';

const cache = cacheOfFile();
const shop = shopOfFile(cache);

const filesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

/** Two queries of the demo, without a proposal: a shorter search. */
async function twoQueries(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pgopt-explore-workload-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await cp(join(PACKAGE, 'queries'), join(folder, 'queries'), {
    recursive: true,
    filter: path => !path.endsWith('.sql') || /0[13]-[^@]*$/.test(path),
  });
  await cp(join(PACKAGE, 'schema', 'workload.json'), join(folder, 'schema', 'workload.json'));
  return folder;
}

const start = (folder: string): Terminal => explorer({ cache, args: [folder, '--demo', '--scale', SCALE] });

it('finds suggestions behind the panes, reads a suggested view, saves them, and leaves nothing behind', async () => {
  const before = await catalogOf(shop.link);
  const folder = await twoQueries();
  const own = await filesIn(folder);

  const terminal = start(folder);
  await terminal.until(IDLE, 'the start');
  terminal.type('S');
  await terminal.until(/suggestions \(S\): /, 'the search on the status line');
  terminal.type('S');
  await terminal.until(/Suggestions: [\s\S]*x stops it/, 'its page');
  await terminal.until(/# +query +measured here +at production/, 'the answer so far');
  terminal.type('\u001b');
  await terminal.until(/0 of \d+ on/, 'the panes');
  // A filter finds the view wherever it stands in the list.
  // Keys one by one: several characters in one read are a paste.
  terminal.type('/');
  await terminal.until(/ · \//, 'the filter');
  // It counts distinct customers: no view of groups serves it, and no index is enough.
  terminal.type('customer_cohort');
  await terminal.until(/\/customer_cohort/, 'its text');
  terminal.type('\r');
  await terminal.until(/\[ \]\*customer_cohort_analysis .*Q2: /, 'a suggested view in the list');
  expect(await catalogOf(shop.link)).toBe(before);

  terminal.type('2 ');
  await terminal.until(/▸\[x\]\*customer_cohort_analysis/, 'it is on');
  await terminal.until(
    inOrder(planName('after', 2), /(?:Idx|Index|Seq)[^│]* customer_c/),
    'the plan reads it',
  );
  await terminal.until(IDLE, 'all is measured');
  await terminal.until(/2=Customer coh/, 'its answer is that of the query');
  expect(await catalogOf(shop.link)).toBe(before);

  terminal.type('S');
  await terminal.until(/Ended after .*w saves them/, 'the page again');
  terminal.type('w');
  await terminal.until(/wrote [\s\S]*03-customer-cohort-analysis@customer_cohort_analysis\.sql/, 'the files');
  const added = (await filesIn(folder)).filter(file => !own.includes(file));
  expect(added).toEqual(
    expect.arrayContaining([
      'queries/03-customer-cohort-analysis@customer_cohort_analysis.sql',
      'schema/proposals/customer_cohort_analysis.sql',
    ]),
  );
  expect(await loadWorkload(folder, folder)).toMatchObject({ problems: [] });

  terminal.type('\u001bq');
  expect(await terminal.exit).toEqual({ code: 0, signal: 0 });
  await untilNobodyWorks(shop.link);
  expect(await catalogOf(shop.link)).toBe(before);
});

it('stops when it is told to, and quits in the middle of a search', async () => {
  const before = await catalogOf(shop.link);
  const terminal = start(await twoQueries());
  await terminal.until(IDLE, 'the start');
  terminal.type('SS');
  await terminal.until(/# +query +measured here +at production/, 'the answer so far');
  terminal.type('x');
  await terminal.until(/Stopped after [\s\S]*r searches again/, 'it has stopped');
  await terminal.until(/r again/, 'it can begin again');
  terminal.type('r');
  await terminal.until(/x stops it/, 'it searches again');
  terminal.type('\u001b');
  await terminal.until(/of \d+ on/, 'the panes');
  terminal.type('q');
  await terminal.until(/Quit and discard .*the search for suggestions\? y yes, n no/, 'the question');
  const from = performance.now();
  terminal.type('y');
  expect(await terminal.exit).toEqual({ code: 0, signal: 0 });
  expect(performance.now() - from).toBeLessThan(2_000);
  await untilNobodyWorks(shop.link);
  expect(await catalogOf(shop.link)).toBe(before);
});

it('leaves nothing behind when it is killed in the middle of a search', async () => {
  const before = await catalogOf(shop.link);
  const terminal = start(await twoQueries());
  await terminal.until(IDLE, 'the start');
  terminal.type('SS');
  await terminal.until(/# +query +measured here +at production/, 'the answer so far');
  terminal.kill('SIGKILL');
  await terminal.exit;
  await untilNobodyWorks(shop.link);
  expect(await catalogOf(shop.link)).toBe(before);
});

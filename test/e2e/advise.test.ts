/** The built `advise`: what it says of the demo, what it leaves behind (nothing), and what it writes. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { AdviceDocument } from '../../src/report/advice/document.ts';
import { catalogOf } from '../helpers/database.ts';
import { planName } from '../helpers/shown.ts';
import { cacheOfFile, SCALE, shopOfFile, untilNobodyWorks } from './caches.ts';
import { explorer, type Outcome, runPiped } from './programs.ts';
import { workloadFolder } from './workloadFolder.ts';

const cache = cacheOfFile();
const shop = shopOfFile(cache);

/** A second is enough to see each plan run; how sure it is then is not the question here. */
const advise = (...args: string[]): Promise<Outcome> =>
  runPiped({ cache, args: ['advise', '--scale', SCALE, '--budget', '1s', ...args] });

it('looks at all 192 cells, agrees with asking for each, and changes nothing', async () => {
  const before = await catalogOf(shop.link);
  const { code, stdout, stderr } = await advise('--json', '--verify');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const document = JSON.parse(stdout) as AdviceDocument;
  expect(document).toMatchObject({ format: 'pgopt-explore/advice', version: 1, complete: true, exact: true });
  const { cells, asked, inferred, verified, disagreed, builds, executions, bruteForce } = document.effort;
  expect({ cells, known: asked + inferred, builds, disagreed }).toEqual({
    cells: 192,
    known: 192,
    builds: 5,
    disagreed: 0,
  });
  expect(verified).toBe(inferred);
  expect(inferred).toBeGreaterThan(asked);
  expect(executions).toBeLessThan(bruteForce.executions / 3);
  await untilNobodyWorks(shop.link);
  expect(await catalogOf(shop.link)).toBe(before);
});

it('writes the change that it recommends, or the one that is named', async () => {
  const folder = join(tmpdir(), `pgopt-explore-change-${process.pid}`);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { code, stdout } = await advise(
    '--write',
    folder,
    '--keep',
    'idx_orders_customer_status',
    '--production',
  );
  expect(code).toBe(0);
  expect(stdout).toContain(`Wrote ${folder}:`);
  expect(stdout).toMatch(/^(Keep|Nothing|No recommendation).*[\s\S]*^(keep|leave|\?) +idx_/m);
  expect((await readdir(folder)).sort()).toEqual([
    'migration.sql',
    'report.html',
    'report.md',
    'rollback.sql',
  ]);
  expect(await readFile(join(folder, 'report.html'), 'utf8')).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
  expect(stdout).toMatch(/Nothing\s+ran\s+there,\s+so\s+times\s+are\s+not\s+known\./);
  const report = await readFile(join(folder, 'report.md'), 'utf8');
  expect(report).toMatch(/## At production size\n\n\*\*Planned, not measured\.\*\*/);
  const migration = await readFile(join(folder, 'migration.sql'), 'utf8');
  expect(migration).toContain('CREATE INDEX CONCURRENTLY idx_orders_customer_status');
  expect(migration).not.toContain('CREATE INDEX CONCURRENTLY idx_order_items_product');
  const again = await advise('--write', folder);
  expect(again).toMatchObject({ code: 2, stdout: '' });
  expect(again.stderr).toContain(folder);
});

it('prints one screen, all of it with --verbose, and a page with --html', async () => {
  const folder = await workloadFolder({
    'queries/01-orders.sql': 'SELECT count(*) FROM orders WHERE customer_id = 7',
    'schema/proposals/by_customer.sql': 'CREATE INDEX by_customer ON orders (customer_id)',
  });
  const page = join(folder, 'page.html');
  const short = await advise(folder, '--html', page);
  expect(short).toMatchObject({ code: 0, stderr: '' });
  expect(short.stdout.split('\n').length).toBeLessThan(24);
  expect(short.stdout).toContain(`Wrote ${page}`);
  const written = await readFile(page, 'utf8');
  expect(written).toContain('<p class="answer">Keep by_customer');
  expect(written).toContain('id="query-0"');
  expect(await advise(folder, '--html', page)).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('exists already'),
  });
  const long = await advise(folder, '--verbose');
  expect(long.stdout).toContain('How sure this is');
  expect(short.stdout).not.toContain('How sure this is');
});

it('says in one line what is wrong with its options, before anything starts', async () => {
  const outcomes = [
    await runPiped({ cache, args: ['advise', '--scale', SCALE, '--budget', 'soon'] }),
    await advise('--within', 'much'),
    await advise('--keep', 'nothing_of_that_name', '--write', join(tmpdir(), 'never-made')),
  ];
  for (const { code, stdout, stderr } of outcomes) {
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^pgopt-explore: .*\n/);
    expect(stderr).not.toMatch(/ at .*\.js/);
  }
});

it('exits with 1 where a proposal cannot be built, and says why', async () => {
  const folder = await workloadFolder({
    'queries/01-orders.sql': 'SELECT count(*) FROM orders WHERE customer_id = 7',
    'schema/proposals/by_customer.sql': 'CREATE INDEX by_customer ON orders (customer_id)',
    'schema/proposals/broken.sql': 'CREATE INDEX broken ON nothing (id)',
  });
  const { code, stdout } = await advise(folder);
  expect(code).toBe(1);
  expect(stdout).toContain('relation "nothing" does not exist');
});

it('surveys in the background of the explorer, which switches to what it advises and writes the change', async () => {
  const before = await catalogOf(shop.link);
  const folder = await workloadFolder({
    'queries/01-of-a-customer.sql': 'SELECT count(*) FROM orders WHERE customer_id = 7',
    'schema/proposals/by_customer.sql': 'CREATE INDEX by_customer ON orders (customer_id)',
    'schema/proposals/useless.sql': 'CREATE INDEX useless ON orders (shipping_cost)',
  });
  const terminal = explorer({ cache, cwd: folder, args: [folder, '--scale', SCALE] });
  await terminal.until(planName('before', 1), 'the plan of the query');
  terminal.type('A');
  await terminal.until(/Ended after .* 4 configurations/, 'the end of the survey');
  await terminal.until(/▸ {2}recommended +A /, 'the advice');
  expect(terminal.screen()).toContain('useless (');
  terminal.type('2');
  await terminal.until(/1 01-of-a-customer \[\d+× \*/, 'the matrix');
  terminal.type('3G');
  await terminal.until(/▸●R A .*│/, 'the last point, which is on now, beside the plot');
  terminal.type('W\u0015kept\r');
  await terminal.until(/wrote kept: migration\.sql, report\.html, report\.md, rollback\.sql/, 'the change');
  expect(await readFile(join(folder, 'kept', 'migration.sql'), 'utf8')).toContain('CONCURRENTLY by_customer');
  terminal.type('q');
  await terminal.until(/\[x\] by_customer .*Q\d/, 'the panes behind it, switched');
  terminal.type('q');
  expect(await terminal.exit).toEqual({ code: 0, signal: 0 });
  await untilNobodyWorks(shop.link);
  expect(await catalogOf(shop.link)).toBe(before);
});

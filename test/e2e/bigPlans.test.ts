/** Plans of tens of thousands of nodes: keys are heard while they are read, laid out and compared. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { countOn, inOrder, planName, SHOWN } from '../helpers/shown.ts';
import { openTerminal, type Terminal } from '../helpers/terminal.ts';
import { BIN, ensureBuilt } from './built.ts';
import { cacheOfFile, SCALE, shopOfFile, untilNobodyWorks } from './caches.ts';
import { explorer } from './programs.ts';
import { workloadFolder } from './workloadFolder.ts';

const cache = cacheOfFile();
const shop = shopOfFile(cache);

beforeAll(ensureBuilt);

/** Three times what is worked out at once. */
const NODES = 30_000;

/** An Append of scans, each by an index or not. */
function explained(type: string): string {
  const scan = (at: number) => ({
    'Node Type': type,
    'Parent Relationship': 'Member',
    'Relation Name': `part_${at}`,
    Alias: `part_${at}`,
    ...(type === 'Seq Scan' ? {} : { 'Index Name': `part_${at}_a` }),
    'Startup Cost': 0,
    'Total Cost': at,
    'Plan Rows': 1,
    'Plan Width': 4,
    Filter: `(a = ${at})`,
  });
  const Plans = Array.from({ length: NODES - 1 }, (_, at) => scan(at));
  return JSON.stringify([{ Plan: { 'Node Type': 'Append', 'Total Cost': NODES, Plans } }]);
}

async function viewer(): Promise<Terminal> {
  const folder = await mkdtemp(join(tmpdir(), 'pgopt-explore-big-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const files = [join(folder, 'before.json'), join(folder, 'after.json')] as const;
  await writeFile(files[0], explained('Seq Scan'));
  await writeFile(files[1], explained('Index Scan'));
  const args = [BIN, 'plan', ...files];
  const terminal = openTerminal({ file: process.execPath, args, cwd: tmpdir(), env: process.env });
  onTestFinished(() => terminal.dispose());
  return terminal;
}

const moments: readonly (readonly [string, RegExp])[] = [
  ['reads them', /reading/],
  ['lays them out', /laying out a plan of 30,000 nodes/],
  ['shows both', /1–\d+ of 30000[\s\S]*30,000 nodes .* changes/],
];

it.each(moments)('the viewer of two plans ends while it %s', async (what, screen) => {
  const terminal = await viewer();
  await terminal.until(screen, `it ${what}`);
  terminal.type('q');
  expect(await terminal.exit).toEqual({ code: 0, signal: 0 });
  expect(terminal.alternate).toBe(false);
});

/** In halves: the grammar nests every UNION ALL in the one before. */
function union(from: number, to: number): string {
  if (to - from === 1) return `SELECT order_id FROM orders WHERE order_id = ${from}`;
  const middle = (from + to) >> 1;
  return `(${union(from, middle)}\nUNION ALL ${union(middle, to)})`;
}

it('the explorer shows such a plan when it is laid out, and ends', async () => {
  const folder = await workloadFolder({
    'queries/01-wide.sql': `-- title: Wide\n${union(0, 3_000)};\n`,
    'schema/proposals/by_status.sql': 'CREATE INDEX by_status ON orders (status);\n',
    'schema/workload.json': '{ "title": "Test", "budgets": { "timeout": "700 s" } }',
  });
  const terminal = explorer({ cache, args: [folder, '--scale', SCALE] });
  await terminal.until(/1–\d+ of 300\d/, 'the plan');
  terminal.type('a');
  await terminal.until(
    inOrder(countOn(1, 1), planName('after', 1), SHOWN.samePlan),
    'the same plan with the index',
  );
  terminal.type('\u0003');
  expect(await terminal.exit).toEqual({ code: 130, signal: 0 });
  await untilNobodyWorks(shop.link);
});

import { expect, it, onTestFinished } from 'vitest';
import type { AdviceDocument } from '../../src/report/advice/document.ts';
import type { CheckDocument } from '../../src/report/document.ts';
import type { ProductionSideModel } from '../../src/report/production.ts';
import { catalogOf, testDatabase } from '../helpers/database.ts';
import { cacheOfFile, shopOfFile, untilNobodyWorks } from './caches.ts';
import { runPiped } from './programs.ts';
import { workloadFolder } from './workloadFolder.ts';

const cache = cacheOfFile();
const shop = shopOfFile(cache);

const LAST_DAYS = "FROM orders o WHERE o.order_date >= CURRENT_DATE - INTERVAL '90 days'";
const BY_DAY = `SELECT o.order_date::date AS day, sum(o.total_amount) ${LAST_DAYS} GROUP BY 1 ORDER BY 1;`;

const folder = (query: string, orders: number) =>
  workloadFolder({
    'queries/01-revenue.sql': query,
    'schema/proposals/by_date.sql': 'CREATE INDEX by_date ON orders (order_date) INCLUDE (total_amount);',
    'schema/workload.json': JSON.stringify({
      title: 'Test',
      budgets: { work_mem: '64 MB' },
      production_rows: { customers: 2e6, orders, order_items: 1.5e8 },
    }),
  });

it('rehearses production’s plans at two sizes, and projects what they would take', async () => {
  const cwd = await folder(BY_DAY, 5e7);
  const { stdout, stderr } = await runPiped({
    cache,
    cwd,
    args: ['check', '.', '--scales', '0.001,0.004', '--json'],
  });
  expect(stderr).toBe('');
  const document = JSON.parse(stdout) as CheckDocument;
  expect(document.target.scale).toBe(0.004);
  const { production } = document;
  expect(production?.sizes).toEqual(['×0.001', '×0.004']);
  const sides = (production?.queries ?? []).flatMap(({ before, after }) => [before, after]);
  expect(sides).toHaveLength(2);
  const labels = ['×0.001', '×0.004'];
  // 64 MB, 1000 and 250 times as small.
  for (const side of sides) reached(side, labels, ['66kB', '262kB']);
  // 50 M rows of production's, in an index of its own size.
  expect(production?.bytes).toBeGreaterThan(1e9);
  expect(production?.queries[0]?.after?.time.nodes.some(({ label }) => label.includes('by_date'))).toBe(true);
  for (const { atProductionSize } of document.requirements) expect(atProductionSize).not.toBeNull();
});

it('advises for production: every configuration planned there, every plan of it rehearsed', async () => {
  const { stdout, stderr } = await runPiped({
    cache,
    cwd: await folder(BY_DAY, 5e7),
    args: ['advise', '.', '--scales', '0.001,0.004', '--budget', '10s', '--json'],
  });
  expect(stderr).toBe('');
  const document = JSON.parse(stdout) as AdviceDocument;
  expect(document.projected).toBe(false);
  const { atProduction: ahead } = document;
  expect(ahead).toMatchObject({
    projected: true,
    complete: true,
    sizes: ['×0.001', '×0.004'],
    configurations: 2,
  });
  expect(ahead?.effort).toMatchObject({ cells: 2, executions: 0 });
  const plans = ahead?.plans[0]?.plans ?? [];
  expect(plans.map(({ proposals }) => proposals)).toEqual([[], ['by_date']]);
  for (const plan of plans) reached(plan, ['×0.001', '×0.004'], ['66kB', '262kB']);
  // As large as there, and not as here: 250 times the rows.
  expect(ahead?.proposals[0]?.bytes).toBeGreaterThan(225 * (document.proposals[0]?.bytes ?? 0));
  expect(ahead?.everything.costs.totalMs).toBeCloseTo(plans[1]?.time.projectedMs?.point ?? 0);
  expect(ahead?.samePlans?.proposals).toEqual(['by_date']);
  expect(ahead?.frontier.leftOut).toBe(0);
});

/** A shop with so many orders, and its URL without the password. */
async function shopOf(name: string, orders: number) {
  const database = await testDatabase(
    name,
    [
      'CREATE TABLE orders (order_id int PRIMARY KEY, order_date timestamptz, total_amount numeric)',
      `INSERT INTO orders SELECT n, now() - interval '1 day' * (n % 400), n % 500 FROM generate_series(1, ${orders}) n`,
      'ANALYZE orders',
    ],
    shop,
  );
  onTestFinished(() => database.drop());
  const { host, port, user, database: own } = database.settings;
  const url = `postgresql://${user}@/${own}?host=${encodeURIComponent(host)}&port=${port}`;
  return { ...database, url, own };
}

it('rehearses them at smaller copies of a database of one’s own, and leaves nothing in any', async () => {
  const cwd = await folder(`SELECT sum(o.total_amount) ${LAST_DAYS};`, 200_000);
  const [large, small] = [await shopOf('large', 20_000), await shopOf('small', 5000)];
  const before = await Promise.all([catalogOf(large.link), catalogOf(small.link)]);
  const start = { cache, cwd, env: { PGPASSWORD: shop.settings.password } };
  const args = ['check', '.', '--url', large.url, '--sample', small.url];
  const asked = await runPiped({ ...start, args });
  expect({ code: asked.code, stdout: asked.stdout }).toEqual({ code: 2, stdout: '' });
  for (const { own } of [large, small]) expect(asked.stderr).toContain(`${own} on PostgreSQL 15`);
  expect(asked.stderr).toContain('and on a smaller copy');
  expect(asked.stderr).not.toContain(shop.settings.password);

  const { code, stdout, stderr } = await runPiped({ ...start, args: [...args, '--yes', '--json'] });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { production, target } = JSON.parse(stdout) as CheckDocument;
  expect(target.database).toBe(large.own);
  const labels = [`${small.own} (5.00 k rows)`, `${large.own} (20 k rows)`];
  expect(production?.sizes).toEqual(labels);
  const { before: first, after: second } = production?.queries[0] ?? {};
  // 64 MB, 40 and 10 times as small.
  for (const side of [first, second]) reached(side ?? null, labels, ['1638kB', '6554kB']);
  expect(second?.time.nodes.some(({ label }) => label.includes('by_date'))).toBe(true);
  await Promise.all([untilNobodyWorks(large.link), untilNobodyWorks(small.link)]);
  expect(await Promise.all([catalogOf(large.link), catalogOf(small.link)])).toEqual(before);
});

function reached(
  side: Omit<ProductionSideModel, 'proposals'> | null,
  labels: string[],
  workMem: string[],
): void {
  expect(side?.rehearsals.map(({ label }) => label)).toEqual(labels);
  expect(side?.rehearsals.map(({ settings }) => settings.work_mem)).toEqual(workMem);
  expect(side?.time.how).toBe('projected');
  const { low = 0, point = 0, high = 0 } = side?.time.projectedMs ?? {};
  expect(low).toBeGreaterThan(0);
  expect(point).toBeGreaterThanOrEqual(low);
  expect(high).toBeGreaterThan(point);
  expect(side?.time.method).toContain(labels.join(', '));
  expect(side?.time.memory?.spills).toMatch(/^(yes|no|unclear)$/);
  // From one size nothing is foretold.
  expect(side?.check?.inside ?? null).toBeNull();
}

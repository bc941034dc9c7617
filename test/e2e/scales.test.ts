import { expect, it } from 'vitest';
import type { AdviceDocument } from '../../src/report/advice/document.ts';
import type { CheckDocument } from '../../src/report/document.ts';
import type { ProductionSideModel } from '../../src/report/production.ts';
import { cacheOfFile } from './caches.ts';
import { runPiped } from './programs.ts';
import { workloadFolder } from './workloadFolder.ts';

const cache = cacheOfFile();

const folder = () =>
  workloadFolder({
    'queries/01-revenue.sql': `SELECT o.order_date::date AS day, sum(o.total_amount) FROM orders o
      WHERE o.order_date >= CURRENT_DATE - INTERVAL '90 days' GROUP BY 1 ORDER BY 1;`,
    'schema/proposals/by_date.sql': 'CREATE INDEX by_date ON orders (order_date) INCLUDE (total_amount);',
    'schema/workload.json': JSON.stringify({
      title: 'Test',
      budgets: { work_mem: '64 MB' },
      production_rows: { customers: 2e6, orders: 5e7, order_items: 1.5e8 },
    }),
  });

it('rehearses production’s plans at two sizes, and projects what they would take', async () => {
  const cwd = await folder();
  const { stdout, stderr } = await runPiped({
    cache,
    cwd,
    args: ['check', '.', '--scales', '0.0005,0.001', '--json'],
  });
  expect(stderr).toBe('');
  const document = JSON.parse(stdout) as CheckDocument;
  expect(document.target.scale).toBe(0.001);
  const { production } = document;
  expect(production?.sizes).toEqual(['×0.0005', '×0.001']);
  const sides = (production?.queries ?? []).flatMap(({ before, after }) => [before, after]);
  expect(sides).toHaveLength(2);
  for (const side of sides) reached(side);
  // 50 M rows of production's, in an index of its own size.
  expect(production?.bytes).toBeGreaterThan(1e9);
  expect(production?.queries[0]?.after?.time.nodes.some(({ label }) => label.includes('by_date'))).toBe(true);
  for (const { atProductionSize } of document.requirements) expect(atProductionSize).not.toBeNull();
});

it('advises for production: every configuration planned there, every plan of it rehearsed', async () => {
  const { stdout, stderr } = await runPiped({
    cache,
    cwd: await folder(),
    args: ['advise', '.', '--scales', '0.0005,0.001', '--budget', '10s', '--json'],
  });
  expect(stderr).toBe('');
  const document = JSON.parse(stdout) as AdviceDocument;
  expect(document.projected).toBe(false);
  const { atProduction: ahead } = document;
  expect(ahead).toMatchObject({
    projected: true,
    complete: true,
    sizes: ['×0.0005', '×0.001'],
    configurations: 2,
  });
  expect(ahead?.effort).toMatchObject({ cells: 2, executions: 0 });
  const plans = ahead?.plans[0]?.plans ?? [];
  expect(plans.map(({ proposals }) => proposals)).toEqual([[], ['by_date']]);
  for (const plan of plans) reached(plan);
  // As large as there, and not as here: a thousand times the rows.
  expect(ahead?.proposals[0]?.bytes).toBeGreaterThan(900 * (document.proposals[0]?.bytes ?? 0));
  expect(ahead?.everything.costs.totalMs).toBeCloseTo(plans[1]?.time.projectedMs?.point ?? 0);
  expect(ahead?.samePlans?.proposals).toEqual(['by_date']);
  expect(ahead?.frontier.leftOut).toBe(0);
});

function reached(side: Omit<ProductionSideModel, 'proposals'> | null): void {
  expect(side?.rehearsals.map(({ label }) => label)).toEqual(['×0.0005', '×0.001']);
  // 64 MB, 2000 and 1000 times as small, and what PostgreSQL takes at least.
  expect(side?.rehearsals.map(({ settings }) => settings.work_mem)).toEqual(['64kB', '66kB']);
  expect(side?.time.how).toBe('projected');
  const { low = 0, point = 0, high = 0 } = side?.time.projectedMs ?? {};
  expect(low).toBeGreaterThan(0);
  expect(point).toBeGreaterThanOrEqual(low);
  expect(high).toBeGreaterThan(point);
  expect(side?.time.method).toContain('×0.0005, ×0.001');
  expect(side?.time.memory?.spills).toMatch(/^(yes|no|unclear)$/);
  // From one size nothing is foretold.
  expect(side?.check?.inside ?? null).toBeNull();
}

import { describe, expect, it } from 'vitest';
import { estimatedRows, parallelDivisor } from '../../src/plan/accounting/estimates.ts';
import { parsePlan } from '../../src/plan/parse.ts';
import { flattenPlan } from '../../src/plan/tree.ts';

type Raw = Record<string, unknown>;
const node = (type: string, rows: number, loops: number, more: Raw = {}, ...plans: Raw[]): Raw => ({
  'Node Type': type,
  'Startup Cost': 0,
  'Total Cost': 1,
  'Plan Rows': rows,
  'Plan Width': 4,
  'Parent Relationship': 'Outer',
  ...(loops > 0 ? { 'Actual Rows': rows, 'Actual Loops': loops } : {}),
  ...more,
  ...(plans.length > 0 ? { Plans: plans } : {}),
});
const estimates = (plan: Raw) => {
  const nodes = flattenPlan(parsePlan([{ Plan: plan }]));
  return nodes.map(({ id, nodeType }) => `${nodeType} ${Math.round(estimatedRows(nodes)[id] ?? -1)}`);
};
const parallel = { 'Parallel Aware': true };
const two = { 'Workers Planned': 2, 'Workers Launched': 2 };

describe('estimated rows in all', () => {
  it('a table split between two workers and the leader has its own number of rows, not three times a share', () => {
    // 1,500,000 rows ÷ 2.4 = 625,000 a process.
    const scan = node('Seq Scan', 625_000, 3, parallel);
    expect(estimates(node('Gather', 1_500_000, 1, two, scan))).toEqual([
      'Gather 1500000',
      'Seq Scan 1500000',
    ]);
  });

  it('holds before the plan is run', () => {
    const scan = node('Seq Scan', 625_000, 0, parallel);
    expect(estimates(node('Gather', 1_500_000, 0, { 'Workers Planned': 2 }, scan))[1]).toBe(
      'Seq Scan 1500000',
    );
  });

  it('what every process does in full counts once for each', () => {
    const join = node(
      'Hash Join',
      625_000,
      3,
      {},
      node('Seq Scan', 625_000, 3, parallel),
      node('Hash', 50, 3, { 'Parent Relationship': 'Inner' }, node('Seq Scan', 50, 3)),
    );
    expect(estimates(node('Gather', 1_500_000, 1, two, join))).toEqual([
      'Gather 1500000',
      'Hash Join 1500000',
      'Seq Scan 1500000',
      'Hash 150',
      'Seq Scan 150',
    ]);
  });

  it('an inner side counts once for each loop', () => {
    const loop = node(
      'Nested Loop',
      500,
      1,
      {},
      node('Seq Scan', 50, 1),
      node('Limit', 10, 50, { 'Parent Relationship': 'Inner' }),
    );
    expect(estimates(loop)).toEqual(['Nested Loop 500', 'Seq Scan 50', 'Limit 500']);
  });

  it('an inner side of a plan that was not run counts once for each loop that is expected', () => {
    const loop = node(
      'Nested Loop',
      500,
      0,
      {},
      node('Seq Scan', 50, 0),
      node('Limit', 10, 0, { 'Parent Relationship': 'Inner' }, node('Seq Scan', 20, 0)),
    );
    expect(estimates(loop)).toEqual(['Nested Loop 500', 'Seq Scan 50', 'Limit 500', 'Seq Scan 1000']);
  });

  it.each([
    [1, 1.7],
    [2, 2.4],
    [3, 3.1],
    [4, 4],
  ])('with %i workers the planner divides by %f', (workers, divisor) => {
    expect(parallelDivisor(workers)).toBeCloseTo(divisor, 10);
  });
});

describe('without the leader', () => {
  it('two workers are two: 750,000 each', () => {
    const plan = parsePlan([
      {
        Plan: node('Gather', 1_500_000, 1, two, node('Seq Scan', 750_000, 2, parallel)),
        Settings: { parallel_leader_participation: 'off' },
      },
    ]);
    expect(estimatedRows(flattenPlan(plan), plan.settings)).toEqual([1_500_000, 1_500_000]);
  });
});

describe('nested loops a thousand deep', () => {
  it('stay numbers', () => {
    let tree = node('Seq Scan', 0, 0);
    for (let depth = 0; depth < 1000; depth++)
      tree = node('Nested Loop', 1e9, 0, {}, node('Seq Scan', 1e9, 0), {
        ...tree,
        'Parent Relationship': 'Inner',
      });
    const nodes = flattenPlan(parsePlan([{ Plan: tree }]));
    expect(estimatedRows(nodes).every(Number.isFinite)).toBe(true);
  });
});

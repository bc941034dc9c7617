import { describe, expect, it } from 'vitest';
import { PgoptError } from '../../src/base/errors.ts';
import { parsePlan } from '../../src/plan/parse.ts';
import { flattenPlan } from '../../src/plan/tree.ts';
import { actual, find, fixture, fixtureNames, fixtureText, node, planOf, type Raw, ran } from './plans.ts';

const scan = node('Seq Scan', { 'Relation Name': 'orders', Alias: 'o' });

describe('what carries a plan', () => {
  it.each([
    ['an array with one element', [{ Plan: scan }]],
    ['its text', JSON.stringify([{ Plan: scan }])],
    ["auto_explain's object", { 'Query Text': 'SELECT 1', Plan: scan }],
    ['a row of node-pg', { 'QUERY PLAN': [{ Plan: scan }] }],
    ['rows of node-pg', [{ 'QUERY PLAN': JSON.stringify([{ Plan: scan }]) }]],
    ['several statements', ['Utility Statement', { Plan: scan }, { Plan: node('Result') }]],
  ])('%s', (_what, json) => {
    expect(parsePlan(json).root.label).toBe('Seq Scan on orders o');
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 42],
    ['prose', 'Seq Scan on orders  (cost=0.00..1.00 rows=1 width=4)'],
    ['cut-off JSON', '[{"Plan": {"Node Type": "Seq'],
    ['an empty array', []],
    ['an object without a plan', [{ 'Planning Time': 1 }]],
    ['a plan without a type', [{ Plan: { 'Total Cost': 1 } }]],
    ['a child that is no node', [{ Plan: { 'Node Type': 'Sort', Plans: ['x'] } }]],
    ['children that are no list', [{ Plan: { 'Node Type': 'Sort', Plans: { 0: scan } } }]],
  ])('refuses %s with a clear error', (_what, json) => {
    const error = caught(() => parsePlan(json));
    expect(error).toBeInstanceOf(PgoptError);
    expect(error).toMatchObject({ code: 'plan-invalid', exitCode: 2 });
    expect((error as PgoptError).message).not.toContain('\n');
  });

  it('ends on a plan that contains itself', () => {
    const loop: Raw = { 'Node Type': 'Sort' };
    loop.Plans = [loop];
    expect(caught(() => planOf(loop))).toMatchObject({ code: 'plan-invalid' });
  });
});

describe('the tree', () => {
  it.each(fixtureNames('analyzed'))('%s: ids are positions in a depth-first walk', name => {
    const nodes = flattenPlan(fixture(`${name}.analyzed`));
    expect(nodes.map(({ id }) => id)).toEqual(nodes.map((_, i) => i));
    for (const parent of nodes)
      for (const child of parent.children) expect(child.depth).toBe(parent.depth + 1);
  });

  it.each(fixtureNames('estimated'))('%s: estimated has no actual figures, analyzed has', name => {
    const estimated = fixture(`${name}.estimated`);
    expect([estimated.analyzed, estimated.timed, estimated.root.actual]).toEqual([false, false, undefined]);
    const analyzed = fixture(`${name}.analyzed`);
    expect(analyzed.analyzed).toBe(true);
    expect(analyzed.timed).toBe(name !== 'timing-off');
    expect(analyzed.executionMs).toBeGreaterThan(0);
    expect(analyzed.planningMs).toBeGreaterThan(0);
  });

  it('keeps the settings that are not the default', () => {
    expect(fixture('sort-on-disk.analyzed').settings).toMatchObject({
      work_mem: '256kB',
      enable_incremental_sort: 'off',
    });
  });

  it('takes 20,000 nodes and 2,000 levels', () => {
    let deep = ran('Seq Scan', 1, 1, { 'Relation Name': 't', Alias: 't' });
    for (let i = 1; i < 2000; i++) deep = ran('Sort', 1 + i, 1, {}, deep);
    const wide = Array.from({ length: 18_000 }, (_, i) =>
      ran('CTE Scan', 0.001, 1, { 'CTE Name': 'x', Alias: `x${i}` }),
    );
    const cte = ran('Result', 5, 1, { 'Subplan Name': 'CTE x', 'Parent Relationship': 'InitPlan' });
    const plan = planOf(ran('Append', 3000, 1, {}, deep, cte, ...wide));
    const nodes = flattenPlan(plan);
    expect(nodes).toHaveLength(20_002);
    expect(Math.max(...nodes.map(({ depth }) => depth))).toBe(2000);
  });

  it('keeps and shows what it has never heard of', () => {
    const plan = planOf(
      node('Quantum Scan', { Alias: 'q', 'Entangled With': ['a', 'b'], Spin: { up: 1 }, Settled: false }),
    );
    expect(plan.root.label).toBe('Quantum Scan on q');
    expect(plan.root.details).toEqual([
      { key: 'Entangled With', value: 'a, b' },
      { key: 'Spin', value: '{"up":1}' },
      { key: 'Settled', value: 'false' },
    ]);
    expect(plan.root.raw).toMatchObject({ Spin: { up: 1 } });
  });

  it("shows Citus's nested plan as a detail", () => {
    const plan = planOf(
      node('Custom Scan', { 'Custom Plan Provider': 'Citus Adaptive', 'Distributed Query': { Job: {} } }),
    );
    expect(plan.root.label).toBe('Custom Scan (Citus Adaptive)');
    expect(plan.root.details).toContainEqual({ key: 'Distributed Query', value: '{"Job":{}}' });
  });
});

describe('figures', () => {
  it('multiplies averages per loop, but not totals', () => {
    const plan = planOf(
      ran('Index Only Scan', 0.5, 4, {
        'Actual Rows': 10,
        'Rows Removed by Filter': 3,
        'Rows Removed by Index Recheck': 1,
        'Heap Fetches': 7,
      }),
    );
    expect(plan.root.actual).toMatchObject({
      executed: true,
      loops: 4,
      rows: 40,
      rowsPerLoop: 10,
      inclusiveMs: 2,
      exclusiveMs: 2,
      rowsRemoved: 16,
      heapFetches: 7,
    });
  });

  it('reads the fractional rows of PostgreSQL 18', () => {
    const plan = planOf(ran('Index Scan', 0.001, 1000, { 'Actual Rows': 0.25 }));
    expect(plan.root.actual).toMatchObject({ rows: 250, rowsPerLoop: 0.25 });
  });

  it('tells never executed from 0 ms', () => {
    const plan = fixture('never-executed.analyzed');
    expect(actual(find(plan, 'Bitmap Heap Scan')).executed).toBe(false);
    expect(actual(find(plan, 'Seq Scan')).executed).toBe(true);
  });

  it('has rows but no times with TIMING OFF', () => {
    const plan = fixture('timing-off.analyzed');
    for (const found of flattenPlan(plan)) {
      expect([actual(found).inclusiveMs, actual(found).exclusiveMs]).toEqual([undefined, undefined]);
      expect(actual(found).loops).toBe(1);
    }
  });

  it('survives figures of the wrong kind', () => {
    const plan = planOf(
      node('Sort', { 'Total Cost': 'x', 'Plan Rows': Number.NaN, 'Actual Loops': -1, 'Actual Rows': [] }),
    );
    expect(plan.root).toMatchObject({ totalCost: 0, planRows: 0, actual: { executed: false, rows: 0 } });
  });
});

describe('names', () => {
  it('quotes as the server does', () => {
    expect(planOf(node('Seq Scan', { 'Relation Name': 'My "T"', Alias: 'My "T"' })).root.label).toBe(
      'Seq Scan on "My ""T"""',
    );
  });
});

describe('labels', () => {
  it.each([
    ['index-scan-backward', 'Index Scan Backward using orders_pkey on orders'],
    ['bitmap-and', 'Bitmap Index Scan on orders_amount'],
    ['parallel', 'Parallel Seq Scan on orders'],
    ['parallel', 'Partial HashAggregate'],
    ['parallel', 'Finalize GroupAggregate'],
    ['merge-join', 'Merge Left Join'],
    ['cte-twice', 'CTE Scan on totals a'],
    ['function-and-values', 'Function Scan on generate_series g'],
    ['function-and-values', 'Values Scan on "*VALUES*"'],
    ['set-operation', 'HashSetOp Except'],
    ['recursive-cte', 'WorkTable Scan on n n_1'],
    ['parallel-hash-join', 'Parallel Hash Join'],
    ['parallel-verbose', 'Parallel Seq Scan on plan_fixtures.orders'],
  ])('%s has %s', (name, label) => {
    expect(flattenPlan(fixture(`${name}.estimated`)).map(found => found.label)).toContain(label);
  });

  it('a recorded plan is the text it was', () => {
    expect(
      parsePlan(fixtureText('append-pruned.analyzed')).root.children.map(found => found.subplanName),
    ).toEqual(['InitPlan 1 (returns $0)', undefined]);
  });
});

function caught(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('the execution time of a plan from a log', () => {
  it('is what auto_explain says the executor took', () => {
    expect(parsePlan([{ Plan: { 'Node Type': 'Result' }, Duration: 12.5 }]).executionMs).toBe(12.5);
    const both = { Plan: { 'Node Type': 'Result' }, Duration: 12.5, 'Execution Time': 3 };
    expect(parsePlan([both]).executionMs).toBe(3);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import { flattenPlan } from '../../src/plan/tree.ts';
import { actual, anyTree, exclusiveMs, find, fixture, fixtureNames, planOf, ran, worker } from './plans.ts';

const table = (name: string) => ({ 'Relation Name': name, Alias: name });
const init = (name: string) => ({ 'Parent Relationship': 'InitPlan', 'Subplan Name': name });
const subPlan = (name: string) => ({ 'Parent Relationship': 'SubPlan', 'Subplan Name': name });

function inclusiveMs(plan: Plan, name: string): number | undefined {
  return actual(find(plan, name)).inclusiveMs;
}

describe('exclusive time', () => {
  it('is the total over all loops without the children', () => {
    const plan = planOf(
      ran(
        'Nested Loop',
        50,
        1,
        {},
        ran('Seq Scan', 10, 1, table('a')),
        ran('Index Scan', 0.03, 1000, table('b')),
      ),
    );
    expect(exclusiveMs(plan)).toEqual({ 'Nested Loop': 10, 'Seq Scan on a': 10, 'Index Scan on b': 30 });
  });

  it('never counts more than the node took where the parts say otherwise', () => {
    const plan = planOf(ran('Hash Join', 10, 1, {}, ran('Seq Scan', 15, 1, table('a')), ran('Hash', 5, 1)));
    expect(exclusiveMs(plan)).toEqual({ 'Hash Join': 0, 'Seq Scan on a': 7.5, Hash: 2.5 });
  });

  it('lets rounding be rounding: many loops of 0.000 ms took at least what their child took', () => {
    const memoize = ran('Memoize', 0, 100_000, {}, ran('Index Scan', 0.001, 5000, table('c')));
    const plan = planOf(ran('Nested Loop', 40, 1, {}, ran('Seq Scan', 20, 1, table('a')), memoize));
    expect(exclusiveMs(plan)).toEqual({
      'Nested Loop': 15,
      'Seq Scan on a': 20,
      Memoize: 0,
      'Index Scan on c': 5,
    });
  });

  it('a SubPlan is part of its node', () => {
    const plan = planOf(
      ran('Seq Scan', 100, 1, table('a'), ran('Aggregate', 0.5, 120, subPlan('SubPlan 1'))),
    );
    expect(exclusiveMs(plan)).toEqual({ 'Seq Scan on a': 40, Aggregate: 60 });
  });
});

describe('parallel time', () => {
  it('without VERBOSE is shared by the leader and the workers', () => {
    const plan = planOf(
      ran(
        'Gather',
        100,
        1,
        { 'Workers Launched': 2 },
        ran('Seq Scan', 90, 3, { ...table('a'), 'Parallel Aware': true }),
      ),
    );
    expect(exclusiveMs(plan)).toEqual({ Gather: 10, 'Parallel Seq Scan on a': 90 });
  });

  it('is shared by those only who ran it', () => {
    const plan = planOf(ran('Gather', 100, 1, { 'Workers Launched': 3 }, ran('Seq Scan', 90, 1, table('a'))));
    expect(exclusiveMs(plan)).toEqual({ Gather: 10, 'Seq Scan on a': 90 });
  });

  it("with VERBOSE is the slowest process's, a worker's", () => {
    const workers = [worker(0, 30), worker(1, 90)];
    const plan = planOf(
      ran(
        'Gather',
        100,
        1,
        { 'Workers Launched': 2 },
        ran('Seq Scan', 50, 3, { ...table('a'), Workers: workers }),
      ),
    );
    expect(exclusiveMs(plan)).toEqual({ Gather: 10, 'Seq Scan on a': 90 });
  });

  it("or the leader's, which is not listed", () => {
    // 3 loops of 50 ms are 150 ms in all; the workers had 30 and 25, so the leader had 95.
    const workers = [worker(0, 30), worker(1, 25)];
    const plan = planOf(
      ran(
        'Gather',
        100,
        1,
        { 'Workers Launched': 2 },
        ran('Seq Scan', 50, 3, { ...table('a'), Workers: workers }),
      ),
    );
    expect(exclusiveMs(plan)).toEqual({ Gather: 5, 'Seq Scan on a': 95 });
  });

  it('is not divided when no worker came', () => {
    const plan = planOf(ran('Gather', 100, 1, { 'Workers Launched': 0 }, ran('Seq Scan', 90, 1, table('a'))));
    expect(inclusiveMs(plan, 'Seq Scan')).toBe(90);
  });

  it('is divided among the workers alone when the leader takes no part', () => {
    const scan = ran('Seq Scan', 40, 20, table('a'));
    const plan = planOf(ran('Gather', 500, 1, { 'Workers Launched': 2 }, scan), {
      Settings: { parallel_leader_participation: 'off' },
    });
    expect(inclusiveMs(plan, 'Seq Scan')).toBe(400);
  });

  it('is inherited downwards, but not by what the leader runs alone', () => {
    const plan = planOf(
      ran(
        'Gather',
        200,
        1,
        { 'Workers Launched': 3 },
        ran(
          'Hash Join',
          100,
          4,
          {},
          ran('Seq Scan', 40, 4, table('a')),
          ran('Hash', 20, 4),
          ran('Aggregate', 0.1, 400, subPlan('SubPlan 1')),
        ),
        ran('Seq Scan', 30, 1, { ...table('i'), ...init('InitPlan 1 (returns $0)') }),
        ran('Index Scan', 2, 10, { ...table('s'), ...subPlan('SubPlan 2') }),
        ran('Result', 8, 4, init('CTE x')),
      ),
    );
    expect(inclusiveMs(plan, 'Hash Join')).toBe(100);
    expect(inclusiveMs(plan, 'Seq Scan')).toBe(40);
    expect(inclusiveMs(plan, 'SubPlan 1')).toBe(10);
    expect(inclusiveMs(plan, 'InitPlan 1 (returns $0)')).toBe(30);
    expect(inclusiveMs(plan, 'SubPlan 2')).toBe(20);
    expect(inclusiveMs(plan, 'CTE x')).toBe(32);
  });

  it('of a recorded idle worker is not thinned out', () => {
    const scan = find(
      fixture('parallel-hash-join.analyzed'),
      'Parallel Seq Scan on plan_fixtures.customers c',
    );
    expect(actual(scan).inclusiveMs).toBe(scan.raw['Actual Total Time']);
  });
});

describe('CTEs and InitPlans', () => {
  const cte = ran('HashAggregate', 60, 1, init('CTE x'), ran('Seq Scan', 50, 1, table('t')));
  const reading = (alias: string, ms: number) => ran('CTE Scan', ms, 1, { 'CTE Name': 'x', Alias: alias });

  it('a CTE is charged to each of its scans in proportion', () => {
    const plan = planOf(ran('Hash Join', 100, 1, {}, cte, reading('a', 63), reading('b', 21)));
    // 60 ms of 84: the first pays 45, the second 15.
    expect(exclusiveMs(plan)).toEqual({
      'Hash Join': 16,
      HashAggregate: 10,
      'Seq Scan on t': 50,
      'CTE Scan on x a': 18,
      'CTE Scan on x b': 6,
    });
  });

  it('of two CTEs with one name the nearest is meant', () => {
    const inner = ran('Sort', 30, 1, {}, ran('Result', 5, 1, init('CTE x')), reading('inner', 25));
    const plan = planOf(ran('Append', 100, 1, {}, cte, inner, reading('outer', 65)));
    expect(exclusiveMs(plan)).toMatchObject({
      'CTE Scan on x inner': 20,
      'CTE Scan on x outer': 5,
      Append: 5,
    });
  });

  it('an InitPlan is charged to who asks for it, not to whom it hangs under', () => {
    const plan = planOf(
      ran(
        'Aggregate',
        100,
        1,
        {},
        ran('Sort', 40, 1, init('InitPlan 1 (returns $0)')),
        ran('Seq Scan', 90, 1, { ...table('a'), Filter: '(n > $0)' }),
      ),
    );
    expect(exclusiveMs(plan)).toEqual({ Aggregate: 10, Sort: 40, 'Seq Scan on a': 50 });
  });

  it.each([
    ['$1', '$10', 'InitPlan 1 (returns $1)', 'InitPlan 10 (returns $10)'],
    ['(InitPlan 1).col1', '(InitPlan 10).col1', 'InitPlan 1', 'InitPlan 10'],
  ])('%s is not %s', (one, ten, first, tenth) => {
    const plan = planOf(
      ran(
        'Append',
        100,
        1,
        {},
        ran('Sort', 10, 1, init(first)),
        ran('Limit', 20, 1, init(tenth)),
        ran('Seq Scan', 40, 1, { ...table('b'), Filter: `(n > ${ten})` }),
        ran('Seq Scan', 50, 1, { ...table('a'), Filter: `(n > ${one}) AND (s <> '${ten}')` }),
      ),
    );
    expect(exclusiveMs(plan)).toMatchObject({ 'Seq Scan on a': 40, 'Seq Scan on b': 20, Append: 10 });
  });

  it('a Gather asks before its workers do', () => {
    const plan = planOf(
      ran(
        'Gather',
        100,
        1,
        { 'Workers Launched': 1, 'Params Evaluated': ['$0'] },
        ran('Sort', 40, 1, init('InitPlan 1 (returns $0)')),
        ran('Seq Scan', 50, 2, { ...table('a'), Filter: '(n > $0)' }),
      ),
    );
    expect(exclusiveMs(plan)).toEqual({ Gather: 10, Sort: 40, 'Seq Scan on a': 50 });
  });

  it('an InitPlan that no node names ran where there is room for it', () => {
    const target = ran(
      'Aggregate',
      100,
      1,
      {},
      ran('Limit', 40, 1, init('InitPlan 1 (returns $0)')),
      ran('Sort', 95, 1, {}, ran('Seq Scan', 50, 1, table('a'))),
    );
    expect(exclusiveMs(planOf(target))).toEqual({ Aggregate: 5, Limit: 40, Sort: 5, 'Seq Scan on a': 50 });
  });

  it('a data-modifying CTE without a reader stands beside the plan', () => {
    const insert = ran('ModifyTable', 70, 1, { ...init('CTE ins'), Operation: 'Insert', ...table('log') });
    expect(exclusiveMs(planOf(ran('Result', 1, 1, {}, insert)))).toEqual({ Result: 1, 'Insert on log': 70 });
  });
});

describe('buffers', () => {
  const blocks = (hit: number, written = 0) => ({ 'Shared Hit Blocks': hit, 'Temp Written Blocks': written });
  const own = (plan: Plan, name: string) => actual(find(plan, name)).exclusiveBuffers;

  it('are totals: node − Σ children, SubPlans included, floored at 0', () => {
    const plan = planOf(
      ran(
        'Sort',
        1,
        1,
        blocks(100, 30),
        ran(
          'Seq Scan',
          1,
          7,
          { ...table('a'), ...blocks(90) },
          ran('Limit', 1, 9, { ...blocks(20), ...subPlan('SubPlan 1') }),
        ),
      ),
    );
    expect(own(plan, 'Sort')).toMatchObject({ sharedHit: 10, tempWritten: 30 });
    expect(own(plan, 'Seq Scan')).toMatchObject({ sharedHit: 70 });
    expect(own(plan, 'Limit')).toMatchObject({ sharedHit: 20 });
    expect(own(planOf(ran('Sort', 1, 1, blocks(5), ran('Hash', 1, 1, blocks(9)))), 'Sort')?.sharedHit).toBe(
      0,
    );
  });

  it("of a CTE and an InitPlan belong to their readers, recorded plan's included", () => {
    const plan = fixture('cte-twice.analyzed');
    expect(own(plan, 'Merge Join')?.sharedHit).toBe(0);
    expect(own(plan, 'CTE Scan on totals a')?.sharedHit).toBe(0);
    const orders = actual(
      find(fixture('init-plan.analyzed'), 'Index Only Scan using orders_amount on orders'),
    );
    const whole =
      actual(find(fixture('init-plan.analyzed'), 'InitPlan 1 (returns $0)')).buffers?.sharedHit ?? 0;
    const touched = (b = orders.buffers) => (b?.sharedHit ?? 0) + (b?.sharedRead ?? 0);
    expect(touched(orders.exclusiveBuffers)).toBe(touched() - whole);
  });

  it('are undefined without BUFFERS', () => {
    expect(own(planOf(ran('Sort', 1, 1)), 'Sort')).toBeUndefined();
  });
});

describe('whatever the plan', () => {
  it.each(fixtureNames('analyzed').filter(name => name !== 'timing-off'))(
    '%s: the parts make the whole',
    name => {
      const plan = fixture(`${name}.analyzed`);
      const total = flattenPlan(plan).reduce((sum, found) => sum + (actual(found).exclusiveMs ?? 0), 0);
      expect(total).toBeCloseTo(actual(plan.root).inclusiveMs ?? -1, 6);
    },
  );

  it.each(fixtureNames('analyzed'))('%s: the blocks of the parts are the blocks of the whole', name => {
    const nodes = flattenPlan(fixture(`${name}.analyzed`));
    const total = nodes.reduce((sum, found) => sum + (actual(found).exclusiveBuffers?.sharedHit ?? 0), 0);
    expect(total).toBe(actual(nodes[0] ?? expect.fail()).buffers?.sharedHit);
  });

  it('nothing is negative or lost, and exclusive times add up to no more than the total', () => {
    fc.assert(
      fc.property(anyTree, raw => {
        const plan = planOf(raw);
        let sum = 0;
        for (const found of flattenPlan(plan)) {
          const { inclusiveMs, exclusiveMs: own = 0, exclusiveBuffers, buffers } = actual(found);
          sum += own;
          expect(own).toBeGreaterThanOrEqual(0);
          expect(own).toBeLessThanOrEqual((inclusiveMs ?? 0) * (1 + 1e-9));
          expect(exclusiveBuffers?.sharedHit).toBeGreaterThanOrEqual(0);
          expect(exclusiveBuffers?.sharedHit).toBeLessThanOrEqual(buffers?.sharedHit ?? 0);
        }
        const unread = flattenPlan(plan).some(({ subplanName }) => subplanName?.startsWith('CTE '));
        const total = actual(plan.root).inclusiveMs ?? 0;
        if (!unread) expect(sum).toBeCloseTo(total, -Math.log10(Math.max(1, total)) + 6);
      }),
      { numRuns: 300 },
    );
  });
});

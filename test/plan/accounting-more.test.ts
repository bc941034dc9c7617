/** The accounting section of the specification, line by line, where accounting.test.ts leaves off. Per loop in, totals out. */
import { describe, expect, it } from 'vitest';
import type { NodeActuals, Plan } from '../../src/plan/plan.ts';
import { flattenPlan } from '../../src/plan/tree.ts';
import { actual, exclusiveMs, find, fixture, planOf, type Raw, ran, worker } from './plans.ts';

const table = (name: string) => ({ 'Relation Name': name, Alias: name });
const init = (name: string) => ({ 'Parent Relationship': 'InitPlan', 'Subplan Name': name });
const subPlan = (name: string) => ({ 'Parent Relationship': 'SubPlan', 'Subplan Name': name });
const hit = (blocks: number) => ({ 'Shared Hit Blocks': blocks });
const cteScan = (name: string, alias: string, ms: number, loops = 1, fields: Raw = {}) =>
  ran('CTE Scan', ms, loops, { 'CTE Name': name, Alias: alias, ...fields });

const of = (plan: Plan, name: string): NodeActuals => actual(find(plan, name));
const hits = (plan: Plan): Record<string, number | undefined> =>
  Object.fromEntries(flattenPlan(plan).map(one => [one.label, actual(one).exclusiveBuffers?.sharedHit]));
const sumMs = (plan: Plan): number =>
  flattenPlan(plan).reduce((sum, one) => sum + (actual(one).exclusiveMs ?? 0), 0);

describe('SubPlans', () => {
  it('are part of their node, for time and for buffers, one in another', () => {
    const plan = planOf(
      ran(
        'Seq Scan',
        100,
        1,
        { ...table('a'), ...hit(100) },
        ran(
          'Index Scan',
          0.6,
          100,
          { ...table('b'), ...subPlan('SubPlan 2'), ...hit(70) },
          ran('Limit', 0.05, 800, { ...subPlan('SubPlan 1'), ...hit(30) }),
        ),
      ),
    );
    // 0.6 × 100 = 60, 0.05 × 800 = 40: 100 − 60, 60 − 40, 40. Blocks are totals: 100 − 70, 70 − 30, 30.
    expect(exclusiveMs(plan)).toEqual({ 'Seq Scan on a': 40, 'Index Scan on b': 20, Limit: 40 });
    expect(hits(plan)).toEqual({ 'Seq Scan on a': 30, 'Index Scan on b': 40, Limit: 30 });
  });

  it('beside an ordinary child: both are taken off', () => {
    const plan = planOf(
      ran(
        'Sort',
        100,
        1,
        hit(50),
        ran('Seq Scan', 60, 1, { ...table('a'), ...hit(25) }),
        ran('Limit', 0.01, 1000, { ...subPlan('SubPlan 1'), ...hit(15) }),
      ),
    );
    expect(exclusiveMs(plan)).toEqual({ Sort: 30, 'Seq Scan on a': 60, Limit: 10 });
    expect(hits(plan)).toEqual({ Sort: 10, 'Seq Scan on a': 25, Limit: 15 });
  });

  it('with a CTE inside: it runs in every loop and its scan pays', () => {
    const plan = planOf(
      ran(
        'Seq Scan',
        100,
        1,
        { ...table('a'), ...hit(100) },
        ran(
          'Aggregate',
          0.5,
          100,
          { ...subPlan('SubPlan 2'), ...hit(60) },
          ran('Result', 0.2, 100, { ...init('CTE x'), ...hit(40) }),
          cteScan('x', 'x', 0.3, 100, hit(45)),
        ),
      ),
    );
    // 50 in the SubPlan: 50 − 30 its own; the scan 30 − 20; the CTE 20. Blocks: 60 − 45, 45 − 40, 40.
    expect(exclusiveMs(plan)).toEqual({
      'Seq Scan on a': 50,
      Aggregate: 20,
      Result: 20,
      'CTE Scan on x': 10,
    });
    expect(hits(plan)).toEqual({ 'Seq Scan on a': 40, Aggregate: 15, Result: 40, 'CTE Scan on x': 5 });
  });

  it('that read a CTE of the query above: the CTE is paid by the scan in the SubPlan', () => {
    const plan = planOf(
      ran(
        'Seq Scan',
        100,
        1,
        table('a'),
        ran('Result', 30, 1, init('CTE x')),
        ran('Aggregate', 0.6, 100, subPlan('SubPlan 2'), cteScan('x', 'x', 0.5, 100)),
      ),
    );
    // 100 − 60; 60 − 50; 50 − 30; 30.
    expect(exclusiveMs(plan)).toEqual({
      'Seq Scan on a': 40,
      Result: 30,
      Aggregate: 10,
      'CTE Scan on x': 20,
    });
  });
});

describe('InitPlans', () => {
  it.each([
    ['InitPlan 1 (returns $0)', '(n > $0)'],
    ['InitPlan 1', '(n > (InitPlan 1).col1)'],
  ])('%s used in several nodes is charged once, to the first that asks', (name, Filter) => {
    const plan = planOf(
      ran(
        'Append',
        100,
        1,
        {},
        ran('Limit', 20, 1, init(name)),
        ran('Seq Scan', 50, 1, { ...table('a'), Filter }),
        ran('Seq Scan', 40, 1, { ...table('b'), Filter }),
      ),
    );
    expect(exclusiveMs(plan)).toEqual({ Append: 10, Limit: 20, 'Seq Scan on a': 30, 'Seq Scan on b': 40 });
  });

  it('is charged to the one that has room for it, when the first had not (a branch never executed)', () => {
    const plan = planOf(
      ran(
        'Append',
        100,
        1,
        {},
        ran('Limit', 20, 1, init('InitPlan 1 (returns $0)')),
        ran('Seq Scan', 0, 0, { ...table('a'), Filter: '(n > $0)' }),
        ran('Seq Scan', 90, 1, { ...table('b'), Filter: '(n > $0)' }),
      ),
    );
    expect(exclusiveMs(plan)).toEqual({ Append: 10, Limit: 20, 'Seq Scan on a': 0, 'Seq Scan on b': 70 });
  });

  it('asked for in another InitPlan', () => {
    const plan = planOf(
      ran(
        'Seq Scan',
        100,
        1,
        { ...table('a'), Filter: '(n > $1)' },
        ran('Limit', 10, 1, init('InitPlan 1 (returns $0)')),
        ran('Index Scan', 30, 1, {
          ...table('b'),
          ...init('InitPlan 2 (returns $1)'),
          'Index Cond': '(k = $0)',
        }),
      ),
    );
    // The second contains the first: 30 − 10; the scan contains the second: 100 − 30.
    expect(exclusiveMs(plan)).toEqual({ 'Seq Scan on a': 70, Limit: 10, 'Index Scan on b': 20 });
  });

  it('buffers go with the time', () => {
    const plan = planOf(
      ran(
        'Aggregate',
        100,
        1,
        hit(90),
        ran('Limit', 20, 1, { ...init('InitPlan 1'), ...hit(30) }),
        ran('Seq Scan', 95, 1, { ...table('a'), Filter: '(n > (InitPlan 1).col1)', ...hit(85) }),
      ),
    );
    expect(hits(plan)).toEqual({ Aggregate: 5, Limit: 30, 'Seq Scan on a': 55 });
  });

  it('ten and more are told apart', () => {
    const inits = Array.from({ length: 12 }, (_, i) =>
      ran('Result', i + 1, 1, { ...init(`InitPlan ${i + 1}`), Alias: `i${i + 1}` }),
    );
    const scans = inits.map((_, i) =>
      ran('Seq Scan', 20, 1, { ...table(`t${i + 1}`), Filter: `(n = (InitPlan ${i + 1}).col1)` }),
    );
    const plan = planOf(ran('Append', 240, 1, {}, ...inits, ...scans));
    // Scan k pays for InitPlan k: 20 − k.
    for (let k = 1; k <= 12; k++) expect(of(plan, `Seq Scan on t${k}`).exclusiveMs).toBe(20 - k);
    expect(sumMs(plan)).toBe(240);
  });
});

describe('InitPlans of nodes in workers', () => {
  const scan = (ms: number, loops: number) =>
    ran('Seq Scan', ms, loops, { ...table('a'), Filter: '(n > (InitPlan 1).col1)', ...hit(60) });
  const workers = { 'Workers Planned': 2, 'Workers Launched': 2 };

  it('from 17 on, above the Gather: the Gather asks, though it does not say so', () => {
    const plan = planOf(
      ran(
        'Aggregate',
        100,
        1,
        hit(100),
        ran('Limit', 40, 1, { ...init('InitPlan 1'), ...hit(30) }),
        ran('Gather', 95, 1, { ...workers, ...hit(95) }, scan(50, 3)),
      ),
    );
    // 95 − 40 − 150 / 3 = 5; blocks 95 − 30 − 60 = 5.
    expect(exclusiveMs(plan)).toEqual({ Aggregate: 5, Limit: 40, Gather: 5, 'Seq Scan on a': 50 });
    expect(hits(plan)).toEqual({ Aggregate: 5, Limit: 30, Gather: 5, 'Seq Scan on a': 60 });
  });

  it('from 17 on, beneath the Gather itself: it asks as well (execParallel.c: SerializeParamExecParams)', () => {
    const plan = planOf(
      ran(
        'Gather',
        95,
        1,
        { ...workers, ...hit(95) },
        ran('Limit', 40, 1, { ...init('InitPlan 1'), ...hit(30) }),
        scan(50, 3),
      ),
    );
    expect(exclusiveMs(plan)).toEqual({ Limit: 40, Gather: 5, 'Seq Scan on a': 50 });
    expect(hits(plan)).toEqual({ Limit: 30, Gather: 5, 'Seq Scan on a': 60 });
  });

  it('that belong to a node beneath the Gather run there', () => {
    const plan = planOf(
      ran(
        'Gather',
        95,
        1,
        workers,
        ran('Aggregate', 90, 1, {}, ran('Limit', 40, 1, init('InitPlan 1')), scan(80, 1)),
      ),
    );
    // One loop: one process ran it. 80 − 40.
    expect(exclusiveMs(plan)).toEqual({ Gather: 5, Aggregate: 10, Limit: 40, 'Seq Scan on a': 40 });
  });

  it.each([17, 18])('recorded by %i', major => {
    const plan = fixture(`${major}/init-plan-above-gather.analyzed`);
    const gather = flattenPlan(plan).findLast(({ nodeType }) => nodeType === 'Gather');
    const name = flattenPlan(plan).find(({ subplanName }) => subplanName !== undefined);
    const below = gather?.children[0];
    if (gather === undefined || name === undefined || below === undefined) throw new Error('another plan');
    const own =
      (actual(gather).inclusiveMs ?? 0) - (actual(name).inclusiveMs ?? 0) - (actual(below).inclusiveMs ?? 0);
    expect(actual(gather).exclusiveMs).toBeCloseTo(Math.max(0, own), 6);
  });
});

describe('recursive CTEs', () => {
  it('are paid by who reads them; a WorkTable Scan reads nothing from elsewhere', () => {
    const plan = planOf(
      ran(
        'Sort',
        80,
        1,
        {},
        ran(
          'Recursive Union',
          60,
          1,
          init('CTE r'),
          ran('Result', 1, 1),
          ran(
            'Hash Join',
            10,
            5,
            {},
            ran('Seq Scan', 6, 5, table('edges')),
            ran('Hash', 2, 5, {}, ran('WorkTable Scan', 1, 5, { 'CTE Name': 'r', Alias: 'r' })),
          ),
        ),
        cteScan('r', 'x', 70),
      ),
    );
    // 60 − 1 − 50; 50 − 30 − 10; 10 − 5; the scan 70 − 60; the Sort 80 − 70.
    expect(exclusiveMs(plan)).toEqual({
      Sort: 10,
      'Recursive Union': 9,
      Result: 1,
      'Hash Join': 10,
      'Seq Scan on edges': 30,
      Hash: 5,
      'WorkTable Scan on r': 5,
      'CTE Scan on r x': 10,
    });
    expect(sumMs(plan)).toBe(80);
  });
});

describe('Gathers', () => {
  const workers = (launched: number) => ({ 'Workers Planned': 2, 'Workers Launched': launched });
  const parallel = { 'Parallel Aware': true };

  it('inside a SubPlan that loops: every loop has its processes', () => {
    const plan = planOf(
      ran(
        'Seq Scan',
        300,
        1,
        table('a'),
        ran(
          'Gather',
          20,
          10,
          { ...subPlan('SubPlan 1'), ...workers(2) },
          ran('Seq Scan', 15, 30, { ...table('b'), ...parallel }),
        ),
      ),
    );
    // 20 × 10 = 200; 15 × 30 / 3 = 150.
    expect(exclusiveMs(plan)).toEqual({ 'Seq Scan on a': 100, Gather: 50, 'Parallel Seq Scan on b': 150 });
  });

  it('inside a SubPlan that loops: what ran once a loop ran in one process', () => {
    const plan = planOf(
      ran(
        'Seq Scan',
        300,
        1,
        table('a'),
        ran(
          'Gather',
          20,
          10,
          { ...subPlan('SubPlan 1'), ...workers(2) },
          ran('Seq Scan', 15, 10, table('b')),
        ),
      ),
    );
    // 10 loops for 10 runs of the Gather: no worker came to it. 15 × 10.
    expect(exclusiveMs(plan)).toEqual({ 'Seq Scan on a': 100, Gather: 50, 'Seq Scan on b': 150 });
  });

  it('under an Append: each has its own', () => {
    const plan = planOf(
      ran(
        'Append',
        100,
        1,
        {},
        ran('Gather', 60, 1, workers(2), ran('Seq Scan', 50, 3, table('a'))),
        ran('Gather Merge', 35, 1, workers(1), ran('Seq Scan', 30, 2, table('b'))),
        ran('Seq Scan', 2, 1, table('c')),
      ),
    );
    // 100 − 60 − 35 − 2; 60 − 150 / 3; 35 − 60 / 2.
    expect(exclusiveMs(plan)).toEqual({
      Append: 3,
      Gather: 10,
      'Seq Scan on a': 50,
      'Gather Merge': 5,
      'Seq Scan on b': 30,
      'Seq Scan on c': 2,
    });
  });

  it('over a Parallel Append: branches run side by side, so they are scaled to what it took', () => {
    const plan = planOf(
      ran(
        'Gather',
        40,
        1,
        workers(2),
        ran(
          'Append',
          10,
          3,
          parallel,
          ran('Seq Scan', 25, 1, table('a')),
          ran('Seq Scan', 20, 1, table('b')),
          ran('Seq Scan', 5, 3, { ...table('c'), ...parallel }),
        ),
      ),
    );
    // 30 ms in three processes cannot be less than its longest branch: 25. The branches have 25 + 20 + 5 = 50 of 25.
    expect(exclusiveMs(plan)).toEqual({
      Gather: 15,
      'Parallel Append': 0,
      'Seq Scan on a': 12.5,
      'Seq Scan on b': 10,
      'Parallel Seq Scan on c': 2.5,
    });
    expect(sumMs(plan)).toBeCloseTo(40, 9);
  });

  it('what looped under a nested loop in the workers is shared by all of them', () => {
    const plan = planOf(
      ran(
        'Gather',
        100,
        1,
        workers(2),
        ran(
          'Nested Loop',
          90,
          3,
          {},
          ran('Seq Scan', 30, 3, { ...table('a'), ...parallel }),
          ran('Index Scan', 0.01, 15_000, table('b')),
        ),
      ),
    );
    // 0.01 × 15,000 / 3 = 50; 90 − 30 − 50.
    expect(exclusiveMs(plan)).toEqual({
      Gather: 10,
      'Nested Loop': 10,
      'Parallel Seq Scan on a': 30,
      'Index Scan on b': 50,
    });
  });

  it('Single Copy: one worker ran it all, nothing is divided', () => {
    const plan = planOf(
      ran(
        'Gather',
        100,
        1,
        { 'Workers Planned': 1, 'Workers Launched': 1, 'Single Copy': true },
        ran('Nested Loop', 90, 1, {}, ran('Seq Scan', 10, 1, table('a')), ran('Index Scan', 0.7, 100)),
      ),
    );
    expect(exclusiveMs(plan)).toEqual({
      Gather: 10,
      'Nested Loop': 10,
      'Seq Scan on a': 10,
      'Index Scan': 70,
    });
  });
});

describe('idle workers (dalibo/pev2#482)', () => {
  const under = (launched: number, scan: Raw, statement: Raw = {}) =>
    planOf(ran('Gather', 100, 1, { 'Workers Planned': 4, 'Workers Launched': launched }, scan), statement);

  it('without VERBOSE: launched, but one loop says that one process ran it', () => {
    expect(of(under(4, ran('Seq Scan', 90, 1, table('a'))), 'Seq Scan').inclusiveMs).toBe(90);
    // Two loops: two processes at most. 2 × 45 / 2.
    expect(of(under(4, ran('Seq Scan', 45, 2, table('a'))), 'Seq Scan').inclusiveMs).toBe(45);
  });

  it('with VERBOSE: each did next to nothing, the leader all', () => {
    const workers = [0, 1, 2, 3].map(number => worker(number, 0.02));
    const plan = under(4, ran('Seq Scan', 18, 5, { ...table('a'), Workers: workers }));
    // 5 × 18 = 90, less 4 × 0.02: the leader had 89.92.
    expect(of(plan, 'Seq Scan').inclusiveMs).toBeCloseTo(89.92, 9);
    expect(of(plan, 'Gather').exclusiveMs).toBeCloseTo(10.08, 9);
  });

  it('with VERBOSE: one worker did all, the leader was busy receiving', () => {
    const workers = [worker(0, 80), worker(1, 0.1), worker(2, 0.1), worker(3, 0.1)];
    // 5 × 16.08 = 80.4: the leader had 80.4 − 80.3 = 0.1.
    const plan = under(4, ran('Seq Scan', 16.08, 5, { ...table('a'), Workers: workers }));
    expect(of(plan, 'Seq Scan').inclusiveMs).toBe(80);
  });

  it('with VERBOSE: time × loops of each worker', () => {
    const inner = ran('Index Scan', 0.01, 5000, {
      ...table('b'),
      Workers: [worker(0, 0.02, 2000), worker(1, 0.003, 1000)],
    });
    // 50 in all; 40, 3, and the leader 7 in 2000 loops.
    expect(of(under(2, inner), 'Index Scan').inclusiveMs).toBe(40);
  });

  it('the leader not participating, with VERBOSE: nothing is left for it, rounding or not', () => {
    const scan = ran('Seq Scan', 50, 2, { ...table('a'), Workers: [worker(0, 60), worker(1, 39.9)] });
    // 0.1 ms is left, but no loop.
    const settings = { Settings: { parallel_leader_participation: 'off' } };
    expect(of(under(2, scan, settings), 'Seq Scan').inclusiveMs).toBe(60);
    expect(of(under(2, scan), 'Seq Scan').inclusiveMs).toBe(60);
  });

  it('what rounding leaves over is no time of a leader without a loop', () => {
    // 0.0015 ms rounded up × 10,000 = 20; 0.0014 rounded down × 5000 = 5 for each worker: the remaining 10 belong to no node.
    const inner = ran('Index Scan', 0.002, 10_000, {
      ...table('b'),
      Workers: [worker(0, 0.001, 5000), worker(1, 0.001, 5000)],
    });
    expect(of(under(2, inner), 'Index Scan').inclusiveMs).toBe(5);
  });

  it('the leader not participating, without VERBOSE and without SETTINGS: the loops tell', () => {
    expect(of(under(2, ran('Seq Scan', 50, 2, table('a'))), 'Seq Scan').inclusiveMs).toBe(50);
  });

  it('workers of a node outside any Gather change nothing', () => {
    // Sort's own Workers hold no times.
    const plan = planOf(ran('Sort', 50, 1, { Workers: [{ 'Worker Number': 0, 'Sort Space Used': 25 }] }));
    expect(of(plan, 'Sort').inclusiveMs).toBe(50);
  });

  it('workers that tell of their sort only are no times', () => {
    const scan = ran('Sort', 30, 3, { Workers: [{ 'Worker Number': 0, 'Sort Method': 'quicksort' }] });
    expect(of(under(2, scan), 'Sort').inclusiveMs).toBe(30);
  });
});

describe('never executed', () => {
  it('is not 0 ms: it says so, and takes nothing from other nodes', () => {
    const plan = planOf(
      ran(
        'Nested Loop',
        10,
        1,
        {},
        ran('Seq Scan', 8, 1, { ...table('a'), 'Actual Rows': 0 }),
        ran('Sort', 0, 0, hit(0), ran('Seq Scan', 0, 0, { ...table('b'), ...hit(0) })),
      ),
    );
    for (const name of ['Sort', 'Seq Scan on b'])
      expect(of(plan, name)).toMatchObject({ executed: false, loops: 0, rows: 0, exclusiveMs: 0 });
    expect(of(plan, 'Nested Loop')).toMatchObject({ executed: true, exclusiveMs: 2 });
  });

  it('a CTE that was never asked for, and an InitPlan', () => {
    const plan = planOf(
      ran(
        'Append',
        10,
        1,
        {},
        ran('Result', 0, 0, init('CTE x')),
        ran('Limit', 0, 0, init('InitPlan 1 (returns $0)')),
        ran('Seq Scan', 4, 1, table('a')),
        cteScan('x', 'x', 0, 0),
        ran('Seq Scan', 0, 0, { ...table('b'), Filter: '(n = $0)' }),
      ),
    );
    expect(exclusiveMs(plan)).toEqual({
      Append: 6,
      Result: 0,
      Limit: 0,
      'Seq Scan on a': 4,
      'CTE Scan on x': 0,
      'Seq Scan on b': 0,
    });
  });

  it('0 ms that were executed are executed', () => {
    expect(of(planOf(ran('Result', 0, 1)), 'Result')).toMatchObject({ executed: true, exclusiveMs: 0 });
  });
});

describe('rows', () => {
  const scan = (loops: number, fields: Raw) =>
    of(planOf(ran('Index Only Scan', 1, loops, fields)), 'Index Only Scan');

  it('heap fetches are a total while rows are per loop', () => {
    expect(scan(1000, { 'Actual Rows': 3, 'Heap Fetches': 40 })).toMatchObject({
      rows: 3000,
      rowsPerLoop: 3,
      heapFetches: 40,
    });
    expect(scan(1, {}).heapFetches).toBeUndefined();
    expect(scan(1, { 'Heap Fetches': 0 }).heapFetches).toBe(0);
  });

  it('fractional rows of 18 × loops', () => {
    // 0.33 × 300 = 99; 1666.67 × 3 = 5000.01, of rows that can only be whole.
    expect(scan(300, { 'Actual Rows': 0.33 }).rows).toBe(99);
    expect(scan(3, { 'Actual Rows': 1666.67 }).rows).toBe(5000);
    expect(scan(300, { 'Actual Rows': 0.33 }).rowsPerLoop).toBe(0.33);
  });

  it('removed by … are per loop, of every kind', () => {
    expect(
      scan(4, {
        'Rows Removed by Filter': 2.5,
        'Rows Removed by Index Recheck': 10,
        'Rows Removed by Join Filter': 100,
      }).rowsRemoved,
    ).toBe(450); // (2.5 + 10 + 100) × 4
  });
});

describe('TIMING OFF', () => {
  it('leaves times undefined and blocks accounted', () => {
    const untimed = (type: string, fields: Raw, ...children: Raw[]): Raw => ({
      'Node Type': type,
      'Actual Rows': 1,
      'Actual Loops': 1,
      ...fields,
      Plans: children,
    });
    const plan = planOf(
      untimed(
        'Append',
        hit(100),
        untimed('Limit', { ...init('InitPlan 1 (returns $0)'), ...hit(20) }),
        untimed('Seq Scan', { ...table('a'), Filter: '(n > $0)', ...hit(90) }),
      ),
      { 'Execution Time': 3 },
    );
    expect([plan.analyzed, plan.timed, plan.executionMs]).toEqual([true, false, 3]);
    expect(of(plan, 'Append')).toMatchObject({
      executed: true,
      inclusiveMs: undefined,
      exclusiveMs: undefined,
    });
    expect(hits(plan)).toEqual({ Append: 10, Limit: 20, 'Seq Scan on a': 70 });
  });
});

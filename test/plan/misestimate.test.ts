import { describe, expect, it } from 'vitest';
import { BEGINS, type Misestimate, misestimates } from '../../src/plan/accounting/estimates.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { flattenPlan } from '../../src/plan/tree.ts';
import { allFixtures, find, fixture, node, planOf, type Raw, ran } from './plans.ts';

/** Planned and actual rows of one loop. */
const rows = (planned: number, came: number, fields: Raw = {}): Raw => ({
  'Plan Rows': planned,
  'Actual Rows': came,
  ...fields,
});
const scan = (planned: number, came: number, loops = 1, fields: Raw = {}): Raw =>
  ran('Seq Scan', 1, loops, rows(planned, came, { 'Relation Name': 't', Alias: 't', ...fields }));

function of(plan: Plan, name: string): Misestimate | undefined {
  return misestimates(flattenPlan(plan))[find(plan, name).id];
}
const begins = (plan: Plan): readonly string[] => {
  const found = misestimates(flattenPlan(plan));
  return flattenPlan(plan)
    .filter(({ id }) => found[id]?.begins === true)
    .map(({ label }) => label);
};

describe('the factor', () => {
  it.each([
    // planned, came, loops → factor, direction, estimated, actual
    ['as expected', 1000, 1000, 1, 1, 'fewer', 1000, 1000],
    ['more: 5000 / 100', 100, 5000, 1, 50, 'more', 100, 5000],
    ['fewer: 5000 / 100', 5000, 100, 1, 50, 'fewer', 5000, 100],
    ['none came, which counts as one: 5000 / 1', 5000, 0, 1, 5000, 'fewer', 5000, 0],
    ['per loop: 50 × 1000 of 1 × 1000', 1, 50, 1000, 50, 'more', 1000, 50_000],
    ['per loop and fewer: 2 × 1000 of 80 × 1000', 80, 2, 1000, 40, 'fewer', 80_000, 2000],
    [
      'rounded to 0 over many loops: at least one row a loop is granted, as the planner counts on one',
      1,
      0,
      1000,
      1,
      'fewer',
      1000,
      0,
    ],
    ['rounded to 0, where 100 a loop were expected: 100 × 1000 of 1000', 100, 0, 1000, 100, 'fewer', 1e5, 0],
    ['fractional rows of 18: 12.5 × 100 of 1 × 100', 1, 12.5, 100, 12.5, 'more', 100, 1250],
    ['fractional rows below one a loop: 0.01 × 5000 = 50 rows', 1, 0.01, 5000, 1, 'fewer', 5000, 50],
    ['fractional: 2.5 × 200 of 50 × 200', 50, 2.5, 200, 20, 'fewer', 10_000, 500],
  ] as const)('%s', (_what, planned, came, loops, factor, direction, estimated, actual) => {
    const plan = planOf(scan(planned, came, loops));
    expect(of(plan, 'Seq Scan')).toEqual({
      factor,
      direction,
      estimated,
      actual,
      begins: factor >= 10,
    });
  });

  it('of fewer than 100 rows on both sides is 1: it does no harm', () => {
    expect(of(planOf(scan(1, 99)), 'Seq Scan')?.factor).toBe(1);
    expect(of(planOf(scan(99, 1)), 'Seq Scan')?.factor).toBe(1);
    expect(of(planOf(scan(1, 100)), 'Seq Scan')?.factor).toBe(100);
    expect(of(planOf(scan(100, 1)), 'Seq Scan')?.factor).toBe(100);
  });

  it('is there for what ran only', () => {
    expect(of(planOf(node('Seq Scan', rows(5, 5))), 'Seq Scan')).toBeUndefined();
    expect(of(planOf(ran('Seq Scan', 0, 0, rows(5000, 0))), 'Seq Scan')).toBeUndefined();
    expect(of(planOf(ran('Result', 1, 1, rows(0, 500))), 'Result')).toBeUndefined();
  });
});

describe('in parallel', () => {
  const gather = (workers: number, launched: number, child: Raw): Plan =>
    planOf(
      ran(
        'Gather',
        10,
        1,
        rows(24_000, 24_000, { 'Workers Planned': workers, 'Workers Launched': launched }),
        child,
      ),
    );
  const split = { 'Parallel Aware': true };

  it.each([
    // workers, divisor, planned (one process's share) × divisor
    [1, 1.7, 1000, 1700],
    [2, 2.4, 1000, 2400],
    [3, 3.1, 1000, 3100],
    // 1 − 0.3 × 4 is below 0: the leader has no time left
    [4, 4, 1000, 4000],
  ])('%i workers and the leader count for %f', (workers, _divisor, planned, whole) => {
    // Each of the processes had its part: whole / (workers + 1) rows a loop.
    const plan = gather(workers, workers, scan(planned, whole / (workers + 1), workers + 1, split));
    const found = of(plan, 'Seq Scan');
    expect(found?.estimated).toBeCloseTo(whole, 9);
    expect(found?.actual).toBe(whole);
    expect(found?.factor).toBeCloseTo(1, 9);
  });

  it('what each process runs whole is not a share', () => {
    // Three processes read all 1000 rows each.
    const join = ran(
      'Hash Join',
      5,
      3,
      rows(1000, 800),
      scan(1000, 800, 3, split),
      ran('Hash', 3, 3, rows(1000, 1000), scan(1000, 1000, 3, { Alias: 'whole' })),
    );
    expect(of(gather(2, 2, join), 'Seq Scan on t whole')).toMatchObject({
      factor: 1,
      estimated: 3000,
      actual: 3000,
    });
  });

  it('fewer workers do not make fewer rows', () => {
    // 2 planned, none came: the leader read all 2400.
    const found = of(gather(2, 0, scan(1000, 2400, 1, split)), 'Seq Scan');
    expect(found).toMatchObject({ estimated: 2400, actual: 2400, factor: 1 });
  });

  it('an idle worker does not either', () => {
    const found = of(gather(2, 2, scan(1000, 1200, 2, split)), 'Seq Scan');
    expect(found).toMatchObject({ estimated: 2400, actual: 2400, factor: 1 });
  });

  it.each([
    // loops of 10 runs of the Gather: all three processes each time, one and a half on average, one
    [30, 800],
    [15, 1600],
    [10, 2400],
  ])('a Gather that runs ten times, its scan %i times, reads ten times the table', (loops, each) => {
    const workers = { 'Workers Planned': 2, 'Workers Launched': 2 };
    const inner = ran('Gather', 5, 10, rows(2400, 2400, workers), scan(1000, each, loops, split));
    const plan = planOf(ran('Nested Loop', 90, 1, rows(9, 9), ran('Result', 1, 1, rows(10, 10)), inner));
    // 1000 × 2.4 × 10 expected; 30 × 800 = 15 × 1600 = 10 × 2400 came.
    expect(of(plan, 'Seq Scan')).toMatchObject({ estimated: 24_000, actual: 24_000, factor: 1 });
  });
});

describe('too few because no node asked for more', () => {
  const limit = (...children: Raw[]): Plan => planOf(ran('Limit', 1, 1, rows(10, 10), ...children));

  it('beneath a LIMIT', () => {
    expect(of(limit(scan(100_000, 10)), 'Seq Scan')).toBeUndefined();
    expect(of(limit(ran('Nested Loop', 1, 1, rows(1e6, 10), scan(1e5, 10))), 'Seq Scan')).toBeUndefined();
  });

  it('but too many are a mistake there too', () => {
    expect(of(limit(scan(10, 5000)), 'Seq Scan')).toMatchObject({ factor: 500, direction: 'more' });
  });

  it('a Sort under a LIMIT took in everything: it is excused, what is beneath is not', () => {
    const plan = limit(ran('Sort', 1, 1, rows(100_000, 10), scan(100_000, 10)));
    expect(of(plan, 'Sort')).toBeUndefined();
    expect(of(plan, 'Seq Scan')).toMatchObject({ factor: 10_000, direction: 'fewer' });
  });

  it.each([
    ['Aggregate', { Strategy: 'Hashed' }],
    ['Aggregate', { Strategy: 'Plain' }],
    ['Hash', {}],
    ['SetOp', { Strategy: 'Hashed' }],
  ])('so does %s %j', (type, fields) => {
    expect(of(limit(ran(type, 1, 1, rows(100_000, 10, fields), scan(1e5, 10))), 'Seq Scan')?.factor).toBe(
      1e4,
    );
  });

  it.each([
    // nodeAgg.c and nodeSetOp.c: these give out a group as soon as the next one begins.
    ['Aggregate', { Strategy: 'Sorted' }],
    ['Aggregate', { Strategy: 'Mixed' }],
    ['SetOp', { Strategy: 'Sorted' }],
    ['Incremental Sort', {}],
    ['Unique', {}],
    ['Group', {}],
    ['WindowAgg', {}],
    ['Materialize', {}],
    ['Memoize', {}],
    ['Gather', { 'Workers Planned': 1, 'Workers Launched': 1 }],
  ])('%s %j does not', (type, fields) => {
    const plan = limit(ran(type, 1, 1, rows(100_000, 10, fields), scan(1e5, 10)));
    expect(of(plan, 'Seq Scan')).toBeUndefined();
  });

  it('not a bitmap: all of it is there before the first row', () => {
    const index = (name: string, planned: number, came: number) =>
      ran('Bitmap Index Scan', 1, 1, rows(planned, came, { 'Index Name': name }));
    const heap = (...below: Raw[]) => ran('Bitmap Heap Scan', 1, 1, rows(5000, 10), ...below);
    const plan = limit(heap(index('i', 100_000, 50)));
    expect(of(plan, 'Bitmap Heap Scan')).toBeUndefined();
    expect(of(plan, 'Bitmap Index Scan')).toMatchObject({ factor: 2000, direction: 'fewer', begins: true });
    const both = limit(heap(ran('BitmapOr', 1, 1, rows(0, 0), index('i', 5000, 5), index('j', 9, 9))));
    expect(of(both, 'Bitmap Index Scan on i')?.factor).toBe(1000);
  });

  it.each([
    ['15 to 17', { 'Run Condition': '(row_number() OVER (?) <= 10)' }, true],
    ['18', { 'Run Condition': '(row_number() OVER w1 <= 10)', Window: 'w1 AS (ORDER BY n)' }, true],
    // With partitions it goes on to the next one; without a condition to the end.
    ['partitions', { 'Run Condition': 'x', Window: 'w1 AS (PARTITION BY k ORDER BY n)' }, false],
    ['no condition', { Window: 'w1 AS (ORDER BY n)' }, false],
  ])('beneath a WindowAgg that stops by its own condition (nodeWindowAgg.c): %s', (_what, fields, stops) => {
    const index = ran('Index Scan', 1, 1, rows(200_000, 12));
    const plan = planOf(ran('WindowAgg', 1, 1, rows(200_000, 10, fields), index));
    expect(of(plan, 'Index Scan') === undefined).toBe(stops);
    // It gave out far fewer than its parents count on: that is a mistake.
    expect(of(plan, 'WindowAgg')).toMatchObject({ factor: 20_000, begins: stops });
  });

  it('the right side of a sorted SetOp of 18, which ends with the left one (nodeSetOp.c)', () => {
    const set = (strategy: string) =>
      planOf(
        ran(
          'SetOp',
          1,
          1,
          rows(300, 300, { Strategy: strategy }),
          scan(300, 3, 1, { Alias: 'left' }),
          scan(90_000, 30, 1, { Alias: 'right' }),
        ),
      );
    expect(of(set('Sorted'), 'Seq Scan on t right')).toBeUndefined();
    expect(of(set('Sorted'), 'Seq Scan on t left')?.factor).toBe(100);
    // Hashed it reads both.
    expect(of(set('Hashed'), 'Seq Scan on t right')?.factor).toBe(3000);
    const recorded = fixture('18/set-operation-sorted.analyzed');
    expect(of(recorded, 'Index Only Scan using children_pkey on children')).toBeUndefined();
  });

  describe('the outer side of a hash join whose table is empty (nodeHashjoin.c)', () => {
    const join = (type: string, hashed: number, loops = 1) =>
      planOf(
        ran(
          'Hash Join',
          9,
          1,
          rows(1, 0, { 'Join Type': type }),
          scan(200_000, 1, 1, { Alias: 'outer' }),
          ran(
            'Hash',
            1,
            loops,
            rows(5, hashed),
            scan(5, hashed, loops, { Alias: 'inner', 'Parent Relationship': 'Outer' }),
          ),
        ),
      );

    it.each(['Inner', 'Semi', 'Right', 'Right Anti', 'Right Semi'])('%s: one row is asked for', type => {
      expect(of(join(type, 0), 'Seq Scan on t outer')).toBeUndefined();
      expect(begins(join(type, 0))).toEqual([]);
    });

    it.each(['Left', 'Anti', 'Full'])('%s: all of it is given out', type => {
      expect(of(join(type, 0), 'Seq Scan on t outer')?.factor).toBe(200_000);
    });

    it('not where there is anything in it', () => {
      expect(of(join('Inner', 3), 'Seq Scan on t outer')?.factor).toBe(200_000);
    });
  });

  describe('a CTE, by who reads it and not by where it hangs', () => {
    const computed = (came: number) =>
      scan(200_000, came, 1, {
        'Subplan Name': 'CTE c',
        'Parent Relationship': 'InitPlan',
        Alias: 'computed',
      });
    const reading = (came: number, alias = 'c', more: Raw = {}) =>
      ran('CTE Scan', 1, 1, rows(200_000, came, { 'CTE Name': 'c', Alias: alias, ...more }));

    it('its one reader is beneath a LIMIT: it was computed no further', () => {
      const plan = planOf(
        ran('Aggregate', 9, 1, rows(1, 1), computed(10), ran('Limit', 8, 1, rows(10, 10), reading(10))),
      );
      expect(of(plan, 'CTE c')).toBeUndefined();
      expect(begins(plan)).toEqual([]);
    });

    it('another one reads it whole', () => {
      const first = ran('Limit', 8, 1, rows(10, 10), reading(10, 'a'));
      const plan = planOf(ran('Append', 9, 1, rows(10, 10), computed(20), first, reading(20, 'b')));
      expect(begins(plan)).toEqual(['Seq Scan on t computed']);
      // 200,000 of 20
      expect(of(plan, 'CTE c')?.factor).toBe(10_000);
    });

    it('another one was never executed', () => {
      const first = ran('Limit', 8, 1, rows(10, 10), reading(10, 'a'));
      const never = reading(0, 'b', { 'Actual Loops': 0 });
      const plan = planOf(ran('Append', 9, 1, rows(10, 10), computed(10), first, never));
      expect(begins(plan)).toEqual([]);
    });

    it('it hangs under the LIMIT, but a Sort reads it whole', () => {
      const plan = limit(computed(20), ran('Sort', 8, 1, rows(200_000, 10), reading(20)));
      expect(of(plan, 'CTE c')).toMatchObject({ factor: 10_000, direction: 'fewer' });
      expect(begins(plan)).toEqual(['Seq Scan on t computed']);
    });

    it('one CTE that reads another', () => {
      // d reads c whole, the query reads ten rows of d: of c no more was computed either.
      const d = { ...reading(10), 'Subplan Name': 'CTE d', 'Parent Relationship': 'InitPlan' };
      const query = ran('CTE Scan', 1, 1, rows(200_000, 10, { 'CTE Name': 'd', Alias: 'd' }));
      const plan = planOf(
        ran('Aggregate', 9, 1, rows(1, 1), computed(10), d, ran('Limit', 8, 1, rows(10, 10), query)),
      );
      expect(begins(plan)).toEqual([]);
      const sorted = ran('Sort', 8, 1, rows(200_000, 10), query);
      expect(begins(planOf(ran('Limit', 9, 1, rows(10, 10), computed(10), d, sorted)))).toEqual([
        'Seq Scan on t computed',
      ]);
    });

    it('what is above a scan that is excused counts on the CTE all the same', () => {
      const outer = ran('Result', 1, 1, rows(5000, 5000));
      const semi = ran('Nested Loop', 8, 1, rows(5000, 5, { 'Join Type': 'Semi' }), outer, reading(5, 'a'));
      const plan = planOf(ran('Append', 9, 1, rows(205_000, 25), computed(20), semi, reading(20, 'b')));
      expect(of(plan, 'CTE Scan on c a')).toBeUndefined();
      // 5000 / 5, but of the CTE's rows.
      expect(of(plan, 'Nested Loop')).toMatchObject({ factor: 1000, begins: false });
      expect(begins(plan)).toEqual(['Seq Scan on t computed']);
    });

    it('of two with one name each scan has its own', () => {
      const part = (came: number, alias: string) =>
        ran(
          'Aggregate',
          4,
          1,
          rows(1, 1, { 'Parent Relationship': alias === 'a' ? 'Outer' : 'Inner' }),
          scan(100, came, 1, {
            'Subplan Name': 'CTE c',
            'Parent Relationship': 'InitPlan',
            Alias: `in_${alias}`,
          }),
          ran('CTE Scan', 1, 1, rows(100, 5000, { 'CTE Name': 'c', Alias: alias })),
        );
      // The first was misjudged where it is computed; of the second only what a filter let through.
      const plan = planOf(ran('Nested Loop', 9, 1, rows(1, 1), part(5000, 'a'), part(110, 'b')));
      expect(begins(plan)).toEqual(['Seq Scan on t in_a', 'CTE Scan on c b']);
    });
  });

  it.each([
    ['(NOT (hashed SubPlan 1))', true],
    ['(NOT (ANY (n = (hashed SubPlan 1).col1)))', true],
    ['((n = 7) OR (alternatives: SubPlan 2 or hashed SubPlan 1))', true],
    ['((n = 7) OR (alternatives: hashed SubPlan 1 or SubPlan 2))', true],
    ['(NOT (hashed SubPlan 11))', false],
    ['(n = (SubPlan 1))', false],
  ])('a SubPlan in %s is read whole: %s', (Filter, whole) => {
    const sub = scan(50_000, 50, 1, {
      'Subplan Name': 'SubPlan 1',
      'Parent Relationship': 'SubPlan',
      Alias: 's',
    });
    const plan = planOf(ran('Result', 1, 1, rows(1, 1, { Filter }), sub));
    expect(of(plan, 'SubPlan 1')?.factor).toBe(whole ? 1000 : undefined);
    // Beneath a LIMIT too: the table is filled before the first row passes.
    expect(of(limit(ran('Seq Scan', 1, 1, rows(9, 9, { Filter }), sub)), 'SubPlan 1')?.factor).toBe(
      whole ? 1000 : undefined,
    );
  });

  it('a data-modifying CTE runs to its end, even if its reader stops (execMain.c: ExecPostprocessPlan)', () => {
    const cte = { 'Subplan Name': 'CTE x', 'Parent Relationship': 'InitPlan' };
    const update = ran('ModifyTable', 1, 1, rows(100_000, 10, cte), scan(100_000, 10));
    const reading = ran('CTE Scan', 1, 1, rows(100_000, 10, { 'CTE Name': 'x', Alias: 'x' }));
    const plan = limit(update, reading);
    expect(of(plan, 'CTE Scan')).toBeUndefined();
    expect(of(plan, 'Seq Scan')).toMatchObject({ factor: 10_000, direction: 'fewer' });
  });

  it.each([
    ['Semi', {}],
    ['Anti', {}],
    ['Inner', { 'Inner Unique': true }],
    ['Left', { 'Inner Unique': true }],
  ])('the inner side of a nested loop, %s %j', (join, more) => {
    const loop = (came: number): Plan =>
      planOf(
        ran(
          'Nested Loop',
          9,
          1,
          rows(1000, 1000, { 'Join Type': join, ...more }),
          scan(1000, 1000, 1, { Alias: 'outer' }),
          scan(500, came, 1000, { Alias: 'inner' }),
        ),
      );
    expect(of(loop(1), 'Seq Scan on t inner')).toBeUndefined();
    // 500 × 1000 were expected and 10,000 × 1000 came.
    expect(of(loop(10_000), 'Seq Scan on t inner')).toMatchObject({ factor: 20, direction: 'more' });
  });

  it('not its outer side, nor the inner one of a plain join', () => {
    const plan = (join: Raw) =>
      planOf(
        ran(
          'Nested Loop',
          9,
          1,
          rows(1, 0, join),
          scan(5000, 10, 1, { Alias: 'outer' }),
          scan(500, 1, 10, { Alias: 'inner' }),
        ),
      );
    expect(of(plan({ 'Join Type': 'Semi' }), 'Seq Scan on t outer')?.factor).toBe(500);
    // 500 × 10 of 1 × 10
    expect(of(plan({ 'Join Type': 'Inner' }), 'Seq Scan on t inner')?.factor).toBe(500);
    expect(of(plan({ 'Join Type': 'Inner', 'Inner Unique': false }), 'Seq Scan on t inner')?.factor).toBe(
      500,
    );
  });

  it('both sides of a merge join, down to what takes in everything', () => {
    const side = (alias: string) =>
      ran('Sort', 1, 1, rows(50_000, 20, { 'Sort Key': [alias] }), scan(50_000, 20, 1, { Alias: alias }));
    const merge = planOf(
      ran(
        'Merge Join',
        9,
        1,
        rows(1000, 1000),
        ran('Index Scan', 1, 1, rows(50_000, 20, { 'Relation Name': 'a', Alias: 'a' })),
        side('b'),
      ),
    );
    expect(of(merge, 'Index Scan on a')).toBeUndefined();
    expect(of(merge, 'Sort')).toBeUndefined();
    expect(of(merge, 'Seq Scan on t b')?.factor).toBe(2500);
  });

  it('the inner side of a merge join is read again for equal keys: too many are none', () => {
    const merge = (inner: Raw) =>
      planOf(ran('Merge Join', 9, 1, rows(1000, 1000), scan(1000, 1000, 1, { Alias: 'outer' }), inner));
    expect(of(merge(ran('Sort', 1, 1, rows(100, 90_000))), 'Sort')).toBeUndefined();
    // Of the outer side too many are too many.
    const plan = planOf(ran('Merge Join', 9, 1, rows(9, 9), scan(10, 5000), ran('Sort', 1, 1, rows(9, 9))));
    expect(of(plan, 'Seq Scan')).toMatchObject({ factor: 500, direction: 'more' });
  });

  it.each(['SubPlan 1', 'InitPlan 1 (returns $0)', 'InitPlan 1'])('%s', name => {
    const relationship = name.startsWith('SubPlan') ? 'SubPlan' : 'InitPlan';
    const sub = scan(50_000, 1, 1, { 'Subplan Name': name, 'Parent Relationship': relationship, Alias: 's' });
    expect(of(planOf(ran('Result', 1, 1, rows(1, 1), sub)), name)).toBeUndefined();
  });
});

describe('rows that are not counted', () => {
  it.each(['BitmapAnd', 'BitmapOr', 'ModifyTable', 'LockRows', 'Hash'])('%s', type => {
    expect(of(planOf(ran(type, 1, 1, rows(5000, 0))), type)).toBeUndefined();
  });

  it('the index scans beneath a BitmapAnd are', () => {
    const index = (name: string, planned: number, came: number) =>
      ran('Bitmap Index Scan', 1, 1, rows(planned, came, { 'Index Name': name }));
    const plan = planOf(
      ran(
        'Bitmap Heap Scan',
        1,
        1,
        rows(300, 310),
        ran('BitmapAnd', 1, 1, rows(300, 0), index('i', 4000, 40), index('j', 3000, 3000)),
      ),
    );
    expect(of(plan, 'BitmapAnd')).toBeUndefined();
    expect(of(plan, 'Bitmap Index Scan on i')?.factor).toBe(100);
    expect(begins(plan)).toEqual(['Bitmap Index Scan on i']);
  });
});

describe('where it begins', () => {
  it('is the deepest node that is off by ten', () => {
    const plan = planOf(
      ran(
        'Sort',
        9,
        1,
        rows(100, 50_000),
        ran(
          'Hash Join',
          8,
          1,
          rows(100, 50_000),
          scan(100, 5000, 1, { Alias: 'wrong' }),
          ran('Hash', 1, 1, rows(500, 500), scan(500, 500, 1, { Alias: 'right' })),
        ),
      ),
    );
    expect(begins(plan)).toEqual(['Seq Scan on t wrong']);
  });

  it('is ten exactly, and not a little less', () => {
    expect(BEGINS).toBe(10);
    expect(begins(planOf(scan(100, 1000)))).toEqual(['Seq Scan on t']);
    expect(begins(planOf(scan(100, 999)))).toEqual([]);
    expect(begins(planOf(scan(1000, 100)))).toEqual(['Seq Scan on t']);
    expect(begins(planOf(scan(999, 100)))).toEqual([]);
  });

  it('may be in two places', () => {
    const plan = planOf(
      ran(
        'Append',
        9,
        1,
        rows(200, 20_000),
        scan(100, 10_000, 1, { Alias: 'a' }),
        scan(10_000, 100, 1, { Alias: 'b' }),
      ),
    );
    expect(begins(plan)).toEqual(['Seq Scan on t a', 'Seq Scan on t b']);
  });

  it('is a join whose sides were right', () => {
    const plan = planOf(
      ran(
        'Nested Loop',
        9,
        1,
        rows(10, 5000),
        scan(1000, 1000, 1, { Alias: 'a' }),
        scan(5, 5, 1000, { Alias: 'b' }),
      ),
    );
    expect(begins(plan)).toEqual(['Nested Loop']);
  });

  it('passes over what is excused in between', () => {
    // The Sort gave out 10 of 100,000 because of the LIMIT; the scan beneath it had been misjudged before.
    const plan = planOf(
      ran('Limit', 9, 1, rows(10, 10), ran('Sort', 9, 1, rows(100_000, 10), scan(100_000, 5000))),
    );
    expect(begins(plan)).toEqual(['Seq Scan on t']);
  });

  const cte = (planned: number, came: number, name = 'x') =>
    scan(planned, came, 1, {
      Alias: `in_${name}`,
      'Subplan Name': `CTE ${name}`,
      'Parent Relationship': 'InitPlan',
    });
  const reading = (planned: number, came: number, alias: string, name = 'x') =>
    ran('CTE Scan', 1, 1, rows(planned, came, { 'CTE Name': name, Alias: alias }));

  it('is where a CTE is computed, not where it is read', () => {
    const plan = planOf(
      ran(
        'Append',
        9,
        1,
        rows(200, 10_000),
        cte(100, 5000),
        reading(100, 5000, 'a'),
        reading(100, 5000, 'b'),
      ),
    );
    expect(begins(plan)).toEqual(['Seq Scan on t in_x']);
  });

  it('is where it is read when only that was misjudged (its filter)', () => {
    const plan = planOf(ran('Sort', 9, 1, rows(25, 5000), cte(5000, 5000), reading(25, 5000, 'a')));
    expect(begins(plan)).toEqual(['CTE Scan on x a']);
  });

  it('is not hidden by another CTE', () => {
    const plan = planOf(
      ran('Sort', 9, 1, rows(100, 5000), cte(100, 5000, 'y'), cte(5000, 5000), reading(25, 5000, 'a')),
    );
    expect(begins(plan)).toEqual(['Seq Scan on t in_y', 'CTE Scan on x a']);
  });

  it('is a join of CTE Scans no more than they are', () => {
    // The join counts on the CTE's rows: it began in the CTE.
    const plan = planOf(
      ran('Hash Join', 9, 1, rows(100, 5000), cte(100, 5000), reading(100, 5000, 'a'), scan(50, 50)),
    );
    expect(begins(plan)).toEqual(['Seq Scan on t in_x']);
  });
});

describe('recorded plans', () => {
  it('have no factor below 1, and none that is no number', () => {
    for (const name of allFixtures()) {
      for (const one of misestimates(flattenPlan(fixture(name)))) {
        if (one === undefined) continue;
        expect(one.factor >= 1 && Number.isFinite(one.factor), name).toBe(true);
        expect(one.begins && one.factor < BEGINS, name).toBe(false);
      }
    }
  });

  it('of estimates only have none', () => {
    for (const name of allFixtures().filter(one => one.endsWith('.estimated')))
      expect(
        misestimates(flattenPlan(fixture(name))).every(one => one === undefined),
        name,
      ).toBe(true);
  });
});

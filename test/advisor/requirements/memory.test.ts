import { describe, expect, it } from 'vitest';
import { node, type Raw, ran } from '../../plan/plans.ts';
import { MB, type OneSide, requirementOf, type Situation } from './situation.ts';

const KB = 1024;
const sort = (bytes: number, more: Raw = {}): Raw =>
  ran('Sort', 1, 1, {
    'Sort Method': 'quicksort',
    'Sort Space Used': bytes / KB,
    'Sort Space Type': 'Memory',
    ...more,
  });
/** A join keeps its inner side's hash table beside its outer side's sort. */
const join = (outer: Raw, hash: Raw): Raw => ran('Hash Join', 1, 1, {}, outer, hash);
const hash = (bytes: number, more: Raw = {}): Raw =>
  ran('Hash', 1, 1, { 'Hash Batches': 1, 'Peak Memory Usage': bytes / KB, ...more });

function judge(queries: readonly OneSide[], budgets: Situation['budgets'] = {}) {
  return requirementOf({ queries: queries.map(before => ({ before })), budgets }, /^Holds/).before;
}
const of = (plan: Raw) => judge([{ plan, runsMs: [1] }]);

describe('memory', () => {
  it('may be as much as the limit, of all nodes together', () => {
    expect(of(join(sort(300 * MB), hash(200 * MB)))).toMatchObject({
      state: 'pass',
      figure: '500 MB',
      text: 'at most 500 MB at once (Q1, measured), nothing on disk',
    });
    expect(of(join(sort(300 * MB), hash(200 * MB + KB)))).toMatchObject({
      state: 'fail',
      figure: '524289024 B',
      text: '524289024 B at once (Q1, measured), more than 500 MB',
    });
  });

  it('is that of the query which holds most', () => {
    const verdict = judge([
      { plan: sort(10 * MB), runsMs: [1] },
      { plan: sort(90 * MB), runsMs: [1] },
      { plan: ran('Result', 1, 1), runsMs: [1] },
    ]);
    expect(verdict).toMatchObject({ state: 'pass', figure: '90 MB' });
    expect(verdict.evidence.map(({ text }) => text)).toEqual([
      'Q1: 10 MB at once, measured',
      '  Sort: 10 MB, measured',
      'Q2: 90 MB at once, measured',
      '  Sort: 90 MB, measured',
      'Q3: 0 B at once',
      'limit: 500 MB of all nodes and processes together',
    ]);
  });

  it('counts each process, and says when a part is estimated', () => {
    const parallel = ran(
      'Gather',
      1,
      1,
      { 'Workers Planned': 2, 'Workers Launched': 2 },
      { ...hash(200 * MB), 'Actual Loops': 3 },
    );
    expect(of(parallel)).toMatchObject({ state: 'fail', figure: '600 MB' });
    // 24 + 8 bytes for each of 1,000 rows of 8 bytes: nothing prints what a Materialize holds before PostgreSQL 18.
    const kept = ran('Materialize', 1, 1, {
      'Actual Rows': 1000,
      'Plan Rows': 1000,
      'Plan Width': 8,
      'Total Cost': 1,
    });
    expect(of(kept)).toMatchObject({ state: 'pass', figure: '31 kB' });
    expect(of(kept).text).toContain('(Q1, partly estimated)');
  });
});

describe('what did not fit', () => {
  it.each<readonly [string, Raw, string]>([
    [
      'a sort on disk',
      sort(9 * MB, { 'Sort Space Type': 'Disk' }),
      'the sort did not fit in memory: 9.0 MB on disk',
    ],
    [
      'a hash in two batches',
      hash(MB, { 'Hash Batches': 2 }),
      'the hash table did not fit in memory: 2 batches',
    ],
    [
      'groups on disk',
      ran('Aggregate', 1, 1, {
        Strategy: 'Hashed',
        'HashAgg Batches': 5,
        'Disk Usage': 2048,
        'Peak Memory Usage': 1,
      }),
      'the groups did not fit in memory: 5 batches, 2.0 MB on disk',
    ],
  ])('%s', (_, plan, said) => {
    const verdict = of(plan);
    expect(verdict).toMatchObject({ state: 'fail', figure: 'spilled' });
    expect(verdict.evidence.find(({ node: at }) => at?.id === 0)?.text).toContain(said);
  });

  it('is seen by temporary files alone, written or only read', () => {
    const blocks = (more: Raw) => of(ran('CTE Scan', 1, 1, { 'Shared Hit Blocks': 1, ...more }));
    expect(blocks({ 'Temp Written Blocks': 128 })).toMatchObject({ state: 'fail', figure: '1.0 MB temp' });
    expect(blocks({ 'Temp Read Blocks': 256 })).toMatchObject({ state: 'fail', figure: '2.0 MB temp' });
    expect(blocks({ 'Temp Read Blocks': 0 }).state).toBe('pass');
  });

  it('counts the blocks of a tree once: the root has its children’s', () => {
    const temp = { 'Temp Written Blocks': 128, 'Temp Read Blocks': 128 };
    const verdict = of(
      ran(
        'Aggregate',
        1,
        1,
        { Strategy: 'Plain', ...temp },
        sort(MB, { 'Sort Space Type': 'Disk', ...temp }),
      ),
    );
    expect(verdict).toMatchObject({ figure: '1.0 MB temp', text: 'Q1: up to 1.0 MB of temporary files' });
  });
});

describe('without a run', () => {
  const estimated = node('Sort', { 'Plan Rows': 1e8, 'Plan Width': 100, 'Total Cost': 1 });

  it('nothing passes and nothing fails, whatever the planner expects', () => {
    const verdict = judge([{ plan: estimated }], { workMemBytes: MB });
    expect(verdict).toMatchObject({ state: 'not measured', text: 'Q1: estimated only' });
    expect(verdict.evidence[0]?.text).toBe(
      'Q1: estimated only; the planner expects 4.0 MB at once, partly estimated',
    );
  });

  it('a query that was stopped has told nothing', () => {
    expect(
      judge([
        { plan: sort(MB), runsMs: [1] },
        { plan: estimated, timedOutAfterMs: 30_000 },
      ]),
    ).toMatchObject({
      state: 'not measured',
      text: 'Q2: stopped, so nothing shows what it held',
    });
  });

  it('fails all the same where another query does', () => {
    expect(judge([{ plan: sort(600 * MB), runsMs: [1] }, { plan: estimated }]).state).toBe('fail');
  });
});

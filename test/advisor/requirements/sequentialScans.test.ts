import { describe, expect, it } from 'vitest';
import type { TableFact } from '../../../src/session/events.ts';
import { node, type Raw, ran } from '../../plan/plans.ts';
import { type OneSide, requirementOf, type Situation, table, view } from './situation.ts';

const seqScan = (name: string, more: Raw = {}, schema = 'public'): Raw =>
  ran('Seq Scan', 1, 1, { 'Relation Name': name, Schema: schema, Alias: name, ...more });
const indexScan = (name: string): Raw =>
  ran('Index Scan', 1, 1, { 'Relation Name': name, Schema: 'public', 'Index Name': 'i' });

function judge(queries: readonly OneSide[], tables: readonly TableFact[], more: Partial<Situation> = {}) {
  return requirementOf({ queries: queries.map(before => ({ before })), tables, ...more }, /^No Seq Scan/);
}
const baseline = (plan: Raw, ...tables: TableFact[]) => judge([{ plan }], tables).before;

describe('sequential scans', () => {
  it('are of a large table above the limit, and not at it', () => {
    expect(baseline(seqScan('orders'), table('orders', 1_000_001))).toMatchObject({
      state: 'fail',
      figure: '1 scan',
      text: 'Seq Scan on orders (1,000,001 rows) in Q1',
    });
    expect(baseline(seqScan('orders'), table('orders', 1_000_000))).toMatchObject({
      state: 'not applicable',
      text: 'no table has more than 1 M rows here: nothing was tested',
    });
  });

  it('pass only where there is a large table to scan', () => {
    const small = table('small', 5);
    expect(baseline(indexScan('orders'), table('orders', 5_000_000), small)).toMatchObject({
      state: 'pass',
      text: 'no Seq Scan on orders (5.00 M rows)',
    });
    // A table that no query reads tests nothing.
    expect(baseline(seqScan('small'), table('orders', 5_000_000), small).state).toBe('not applicable');
  });

  it('count in parallel, in sub-plans, and in plans that were only estimated', () => {
    const parallel = ran(
      'Gather',
      1,
      1,
      { 'Workers Planned': 2, 'Workers Launched': 2 },
      {
        ...seqScan('orders', { 'Parallel Aware': true }),
        'Actual Loops': 3,
      },
    );
    const estimated = node('Seq Scan', {
      'Relation Name': 'orders',
      Schema: 'public',
      'Plan Rows': 1,
      'Total Cost': 1,
    });
    const inSubPlan = ran(
      'Result',
      1,
      1,
      {},
      {
        ...seqScan('orders'),
        'Parent Relationship': 'SubPlan',
        'Subplan Name': 'SubPlan 1',
      },
    );
    const verdict = judge(
      [{ plan: parallel, runsMs: [1] }, { plan: estimated, timedOutAfterMs: 30_000 }, { plan: inSubPlan }],
      [table('orders', 2_000_000)],
    ).before;
    expect(verdict).toMatchObject({ state: 'fail', figure: '3 scans' });
    expect(verdict.text).toBe('Seq Scan on orders (2.00 M rows) in Q1, Q2, Q3');
    expect(verdict.evidence.map(({ text, queryId, node: at }) => [queryId, at?.id, text])).toEqual([
      ['q1', 1, 'Q1: Parallel Seq Scan on orders: 2,000,000 rows, executed'],
      ['q2', 0, 'Q2: Seq Scan on orders: 2,000,000 rows, estimated plan'],
      ['q3', 1, 'Q3: Seq Scan on orders: 2,000,000 rows, executed'],
      [undefined, undefined, 'a table is large above 1,000,000 rows (pg_class.reltuples here)'],
    ]);
  });

  it('count where they were not reached this time: with other rows they run', () => {
    const verdict = baseline(
      seqScan('orders', { 'Actual Loops': 0, 'Actual Rows': 0 }),
      table('orders', 2e6),
    );
    expect(verdict.state).toBe('fail');
    expect(verdict.evidence[0]?.text).toContain('not reached in this run');
  });

  it('do not count where a sample was asked for', () => {
    const sample = ran('Sample Scan', 1, 1, { 'Relation Name': 'orders', Schema: 'public' });
    expect(baseline(sample, table('orders', 2e6)).state).toBe('pass');
  });
});

describe('rows that were never counted', () => {
  it('are not measured', () => {
    expect(baseline(seqScan('orders'), table('orders', 0, { counted: false }))).toMatchObject({
      state: 'not measured',
      text: 'the rows of orders were never counted (ANALYZE counts them)',
    });
    expect(baseline(seqScan('elsewhere')).state).toBe('not measured');
    // Nor can it be said that there is no large table.
    expect(baseline(indexScan('orders'), table('orders', 0, { counted: false })).state).toBe('not measured');
  });

  it('are at least as many as the scan has read, whatever the catalog says', () => {
    const read = seqScan('orders', { 'Actual Rows': 400_000, 'Rows Removed by Filter': 700_000 });
    expect(baseline(read, table('orders', 0, { counted: false }))).toMatchObject({ state: 'fail' });
    expect(baseline(read, table('orders', 10))).toMatchObject({ state: 'fail' });
    expect(baseline(seqScan('orders', { 'Actual Rows': 400_000 }), table('orders', 10)).state).toBe(
      'not applicable',
    );
  });

  it('of two tables of one name are told apart by their schema', () => {
    const tables = [table('orders', 5e6), table('orders', 10, { schema: 'archive' })];
    expect(baseline(seqScan('orders', {}, 'archive'), ...tables).state).toBe('not applicable');
    expect(baseline(seqScan('orders', {}, 'public'), ...tables).state).toBe('fail');
  });
});

describe('a partitioned table', () => {
  const part = (name: string, rows: number) => table(name, rows, { partOf: 'public.events' });
  const parts = [
    table('events', 1_800_000, { hasParts: true }),
    // Partitioned itself: its rows are those of e2 and e3.
    part('e23', 1_200_000),
    part('e1', 600_000),
    part('e2', 600_000),
    part('e3', 600_000),
  ];
  const append = (...children: Raw[]): Raw => ran('Append', 1, 1, {}, ...children);

  it('counts with the partitions that are scanned, together', () => {
    expect(baseline(append(seqScan('e1'), seqScan('e2')), ...parts)).toMatchObject({
      state: 'fail',
      text: 'Seq Scan on events (1.20 M rows) in Q1',
      evidence: [
        { text: 'Q1: Seq Scan on e1: 1,200,000 rows in 2 partitions together, executed' },
        { text: 'Q1: Seq Scan on e2: 1,200,000 rows in 2 partitions together, executed' },
        {},
      ],
    });
    // One partition of a large table: that is what partitions are for.
    expect(baseline(append(seqScan('e1'), indexScan('e2')), ...parts)).toMatchObject({
      state: 'pass',
      text: 'no Seq Scan on events (1.80 M rows)',
    });
  });

  it('does not count a partition twice, nor one that was pruned when the plan ran', () => {
    expect(baseline(append(seqScan('e1'), seqScan('e1')), ...parts).state).toBe('pass');
    const pruned = seqScan('e2', { 'Actual Loops': 0, 'Actual Rows': 0 });
    expect(baseline(append(seqScan('e1'), pruned), ...parts).state).toBe('pass');
  });
});

describe('what is on', () => {
  it('has views of its own, which may be large', () => {
    const { after } = judge([], [], {
      queries: [{ before: { plan: indexScan('orders') }, after: { plan: seqScan('stats', {}, '') } }],
      tables: [table('orders', 2e6)],
      proposals: { stats: [view('stats', 1, 3_000_000)] },
    });
    expect(after).toMatchObject({ state: 'fail', text: 'Seq Scan on stats (3.00 M rows) in Q1' });
  });

  it('passes when the large table is not read at all any more', () => {
    const { before: without, after } = judge([], [], {
      queries: [{ before: { plan: seqScan('orders') }, after: { plan: seqScan('stats', {}, '') } }],
      tables: [table('orders', 2e6)],
      proposals: { stats: [view('stats', 1, 300)] },
    });
    expect([without.state, after.state]).toEqual(['fail', 'pass']);
  });
});

it('cannot say that there is no large table while it has not seen what every query reads', () => {
  const { after } = judge([], [], {
    queries: [{ before: { failure: 'no such table' }, after: { plan: indexScan('orders') } }],
    tables: [table('orders', 10)],
    proposals: { i: [] },
  });
  expect(after).toMatchObject({ state: 'not measured', text: 'not every query is planned' });
});

it('is not measured while a query has no plan, but fails at once where another one scans', () => {
  const failed = { failure: 'no such table' };
  expect(judge([{ plan: indexScan('orders') }, failed], [table('orders', 2e6)]).before).toMatchObject({
    state: 'not measured',
    text: 'no plan of Q2: no such table',
  });
  expect(judge([{ plan: seqScan('orders') }, failed], [table('orders', 2e6)]).before.state).toBe('fail');
});

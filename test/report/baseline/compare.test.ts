import { describe, expect, it } from 'vitest';
import type { Comparable, ComparableQuery, ComparableSide } from '../../../src/report/baseline/baseline.ts';
import { compareWithBaseline } from '../../../src/report/baseline/compare.ts';
import { checked, planOf, query, side } from './documents.ts';

const compare = (then: Comparable, now: Comparable) => compareWithBaseline('plans.json', then, now);
/** One query, then and now. */
function one(then: ComparableSide, now: ComparableSide, over: Partial<ComparableQuery> = {}) {
  const { worse, queries } = compare(checked([query('q', then)]), checked([query('q', now, over)]));
  const [compared] = queries;
  return { worse, status: compared?.status, kinds: compared?.remarks.map(({ kind }) => kind), ...compared };
}

const INDEX = 'Index Scan using by_customer on orders';
const SEQ = 'Seq Scan on orders';

describe('an index scan that became a sequential scan', () => {
  it.each([
    ['Index Scan', INDEX, SEQ],
    ['Index Only Scan', 'Index Only Scan using by_customer on orders', SEQ],
    ['bitmap', 'Bitmap Heap Scan on orders\n  Bitmap Index Scan on by_customer', SEQ],
    ['index scan to a parallel one', INDEX, 'Gather\n  Parallel Seq Scan on orders'],
    ['parallel index scan', 'Gather\n  Parallel Index Scan using by_customer on orders', SEQ],
    ['second of two scans', `Append\n  ${SEQ}\n  ${INDEX}`, `Append\n  ${SEQ}\n  ${SEQ}`],
    ['table that is still read through an index as well', INDEX, `Append\n  ${INDEX}\n  ${SEQ}`],
  ])('is worse: %s', (_, then, now) => {
    const { worse, status, kinds } = one(side(then), side(now));
    expect({ worse, status, kinds }).toEqual({
      worse: true,
      status: 'worse',
      kinds: ['index-to-sequential'],
    });
  });

  it.each([
    ['the other way round', SEQ, INDEX, 'better'],
    [
      'another table',
      `Nested Loop\n  ${SEQ}\n  Index Scan using i on items`,
      `Nested Loop\n  Index Scan using i on items\n  ${SEQ}`,
      'changed',
    ],
    [
      'an index-only scan that became an index scan',
      'Index Only Scan using by_customer on orders',
      INDEX,
      'changed',
    ],
    [
      'one sequential scan more beside an index scan',
      `Append\n  ${SEQ}\n  ${INDEX}`,
      `Append\n  ${SEQ}\n  ${SEQ}\n  ${INDEX}`,
      'changed',
    ],
    ['a table that is no longer read', INDEX, 'Result', 'changed'],
    ['the same', INDEX, INDEX, 'same'],
  ])('is not %s', (_, then, now, status) => {
    expect(one(side(then), side(now))).toMatchObject({ worse: false, status });
  });

  it('is reported with both scans, and the index of a bitmap', () => {
    const { remarks } = one(
      side('Bitmap Heap Scan on orders\n  Bitmap Index Scan on by_customer'),
      side(SEQ),
    );
    expect(remarks?.[0]?.text).toBe(
      'orders was read through an index, and is read sequentially now: Bitmap Heap Scan on orders (by_customer) → Seq Scan on orders',
    );
  });
});

describe('a target', () => {
  const met = side(INDEX, { medianMs: 100, runsMs: [100, 100, 100] });
  const missed = side(INDEX, { medianMs: 2100, runsMs: [2100, 2100], meetsTarget: false });
  it('that was met and is missed is worse', () => {
    const { kinds, remarks } = one(met, missed);
    expect(kinds).toEqual(['target-missed', 'slower']);
    expect(remarks?.[0]?.text).toBe('the target of 2 s is missed: 100 ms → 2.10 s');
  });
  it('that moved is worse, too, and says so', () => {
    const { worse, remarks } = one(met, { ...met, meetsTarget: false }, { targetMs: 50 });
    expect(worse).toBe(true);
    expect(remarks?.[0]?.text).toBe('the target of 50 ms is missed: 100 ms → 100 ms; the target was 2 s');
  });
  it('that was missed, or not known, is not worse for being missed', () => {
    expect(one(missed, missed).status).toBe('same');
    expect(one({ ...met, meetsTarget: null }, missed)).toMatchObject({ worse: false, status: 'slower' });
  });
  it('that is met now is better', () => {
    expect(one(missed, met)).toMatchObject({ status: 'better', kinds: ['target-met', 'faster'] });
  });
});

describe('a timeout', () => {
  const slow = side(INDEX, { medianMs: 8000, runsMs: [8000] });
  const stopped = (ms: number) =>
    side(INDEX, {
      medianMs: null,
      runsMs: [],
      timedOutAfterMs: ms,
      meetsTarget: false,
      plan: planOf(INDEX, null),
    });
  it('that was not there is worse, and its missed target is not told besides', () => {
    expect(one(slow, stopped(30_000))).toMatchObject({ worse: true, kinds: ['timed-out'] });
  });
  it('shorter than the run in the baseline tells nothing', () => {
    expect(one(slow, stopped(8000))).toMatchObject({ worse: false, kinds: ['shorter-timeout'] });
    expect(one(slow, stopped(8001)).kinds).toEqual(['timed-out']);
  });
  it('that was there is as before, and gone is better', () => {
    expect(one(stopped(30_000), stopped(30_000)).status).toBe('same');
    expect(one(stopped(30_000), slow)).toMatchObject({ status: 'better', kinds: ['in-time', 'target-met'] });
  });
});

describe('temporary files', () => {
  const wrote = (blocks: number | null, over: Partial<ComparableSide> = {}) =>
    side(SEQ, { plan: planOf(SEQ, blocks), ...over });
  it('that appeared are worse, with what spilled', () => {
    const findings = [{ rule: 'spill', text: 'the sort did not fit in memory: 8 kB on disk' }];
    const { worse, remarks } = one(wrote(0), wrote(1, { findings }));
    expect(worse).toBe(true);
    expect(remarks?.[0]?.text).toBe(
      '8 kB of temporary files written, none in the baseline: the sort did not fit in memory: 8 kB on disk',
    );
  });
  it('that grew, or of which nothing was known, are not', () => {
    expect(one(wrote(1), wrote(1000)).status).toBe('same');
    expect(one(wrote(null), wrote(1000)).status).toBe('same');
    expect(one(wrote(0), wrote(null)).status).toBe('same');
  });
  it('that are gone are better', () => {
    expect(one(wrote(5), wrote(0)).kinds).toEqual(['no-temporary-files']);
  });
});

describe('a failure', () => {
  const failed = side('', { failure: 'division by zero', fingerprint: null, medianMs: null, plan: [] });
  it('is worse where it worked, told where it failed, better where it works again', () => {
    expect(one(side(SEQ), failed)).toMatchObject({ worse: true, kinds: ['failed'] });
    expect(one(failed, failed)).toMatchObject({ worse: false, kinds: ['still-failing'] });
    expect(one(failed, side(SEQ))).toMatchObject({ status: 'better', kinds: ['works'] });
  });
  it('is not a missing plan', () => {
    expect(one(side('', { fingerprint: null }), side(SEQ))).toMatchObject({
      status: 'changed',
      kinds: ['not-planned'],
    });
  });
});

describe('a rewrite', () => {
  const answers = (verdict: string) => ({ answers: [{ rewrite: 'v', verdict }] });
  const both = (then: string | undefined, now: string) =>
    compare(
      checked([query('q', side(SEQ), then === undefined ? {} : answers(then))]),
      checked([query('q', side(SEQ), answers(now))]),
    );
  it('that returns something else now is worse', () => {
    for (const then of ['same', 'same but for ties', 'not compared', undefined])
      expect(both(then, 'different').worse, then).toBe(true);
    expect(both('different', 'different').worse).toBe(false);
  });
  it('that returns the same again is better; one that was not compared is unknown', () => {
    expect(both('different', 'same').queries[0]?.status).toBe('better');
    expect(both('different', 'not compared').queries[0]?.status).toBe('same');
  });
  it('that is no longer planned is reported', () => {
    expect(one(side(SEQ, { rewrite: 'v' }), side(SEQ)).remarks?.[0]?.text).toBe(
      'the query itself is planned; it was its rewrite @v',
    );
  });
});

describe('run times alone', () => {
  const took = (...runsMs: number[]) => side(SEQ, { runsMs, medianMs: runsMs[runsMs.length >> 1] ?? null });
  it('never fail', () => {
    expect(one(took(10, 10, 10), took(1900, 1900, 1900))).toMatchObject({ worse: false, status: 'slower' });
    expect(one(took(1900, 1900, 1900), took(10, 10, 10)).status).toBe('better');
    expect(one(took(10, 11, 12), took(10.2, 11.2, 12.2)).status).toBe('same');
  });
  it('are judged by the rule of advise: of a single run nothing is said, nor of runs that overlap', () => {
    expect(one(took(100), took(127)).status).toBe('same');
    expect(one(took(94, 95, 96, 97, 110), took(100, 101, 102, 103, 104)).status).toBe('same');
    expect(one(took(94, 95, 96, 97), took(100, 101, 102, 103)).status).toBe('slower');
  });
});

describe('sides', () => {
  const withIndex = { proposals: [{ id: 'by_customer', kind: 'index', on: true }] };
  it('are one where nothing is switched', () => {
    const { queries } = compare(checked([query('q', side(INDEX))]), checked([query('q', side(SEQ))]));
    expect(queries[0]?.sides.map(({ side }) => side)).toEqual(['after']);
    expect(queries[0]?.remarks.map(({ sides }) => sides)).toEqual([['after']]);
  });
  it('tell of a database that lost an index behind the back of the proposals', () => {
    const then = query('q', side(INDEX));
    const now = query('q', side(INDEX), { before: side(SEQ), samePlan: false });
    const { worse, queries } = compare(checked([then], withIndex), checked([now], withIndex));
    expect(worse).toBe(true);
    expect(queries[0]?.remarks).toMatchObject([{ kind: 'index-to-sequential', sides: ['before'] }]);
  });
  it('tell of run times only under what would be shipped', () => {
    const slow = side(SEQ, { medianMs: 2100, runsMs: [2100, 2100, 2100], meetsTarget: false });
    const then = query('q', side(SEQ));
    const at = (before: ComparableSide, after: ComparableSide) =>
      compare(checked([then], withIndex), checked([query('q', after, { before })], withIndex)).queries[0]
        ?.status;
    expect(at(slow, side(SEQ))).toBe('same');
    expect(at(side(SEQ), slow)).toBe('worse');
  });
  it('say once what holds for both', () => {
    const { queries } = compare(
      checked([query('q', side(INDEX))], withIndex),
      checked([query('q', side(SEQ))], withIndex),
    );
    expect(queries[0]?.remarks.map(({ sides }) => sides)).toEqual([['before', 'after']]);
  });
});

describe('queries', () => {
  const ids = (then: ComparableQuery[], now: ComparableQuery[]) =>
    compare(checked(then), checked(now)).queries.map(({ id, status, renamedFrom }) => [
      id,
      status,
      renamedFrom,
    ]);
  it('may be new or gone', () => {
    const [a, b, c] = ['a', 'b', 'c'].map(id => query(id, side(SEQ)));
    if (!a || !b || !c) throw new Error('three');
    expect(ids([a, b], [a, c])).toEqual([
      ['a', 'same', null],
      ['c', 'new', null],
      ['b', 'gone', null],
    ]);
  });
  it('are known again by a title that is theirs alone', () => {
    const called = (id: string, title: string, tree = SEQ) => query(id, side(tree), { title });
    expect(ids([called('01-a', 'A', INDEX)], [called('02-a', 'A')])).toEqual([['02-a', 'worse', '01-a']]);
    expect(ids([called('1', 'A'), called('2', 'A')], [called('3', 'A')]).map(([, status]) => status)).toEqual(
      ['new', 'gone', 'gone'],
    );
  });
  it('with another plan that is not worse say what changed first', () => {
    const { remarks, sides } = one(side(`Sort\n  ${SEQ}`), side(`Limit\n  ${SEQ}`));
    expect(remarks?.[0]?.text).toBe('another plan: Sort → Limit');
    expect(sides?.[0]?.difference).toEqual(['- Sort', '+ Limit', `    ${SEQ}`]);
    expect(one(side(SEQ, { fingerprint: 'other' }), side(SEQ)).remarks?.[0]?.text).toBe(
      'another plan: the same steps, with other conditions',
    );
  });
});

describe('circumstances', () => {
  const of = (then: Partial<Comparable>, now: Partial<Comparable>) =>
    compare(checked([query('q', side(SEQ))], then), checked([query('q', side(SEQ))], now)).circumstances;
  const base = checked([]);
  const rows = (count: number) => ({ target: { ...base.target, tables: [{ name: 'orders', rows: count }] } });
  it('are silent where nothing differs', () => expect(of({}, {})).toEqual([]));
  it('tell of tables that changed by more than a fifth', () => {
    expect(of(rows(1000), rows(1200))).toEqual([]);
    expect(of(rows(1000), rows(800))).toEqual([]);
    expect(of(rows(1000), rows(1201))).toEqual([
      'rows, as the server last counted them: orders 1.20 k (1.00 k in the baseline)',
    ]);
    expect(of(rows(1000), rows(0))).toEqual([
      'rows, as the server last counted them: orders 0 (1.00 k in the baseline)',
    ]);
  });
  it('do not call a table larger or smaller that takes as many pages: the server has counted otherwise', () => {
    // A demo at ×0.001 after writes that were rolled back, and a VACUUM without ANALYZE.
    const sized = (count: number, bytes: number) => ({
      target: { ...base.target, tables: [{ name: 'orders', rows: count, bytes }] },
    });
    expect(of(sized(50_000, 4_595_712), sized(34_537, 4_595_712))).toEqual([
      'rows that the planner expects in tables as large as they were (VACUUM guesses, ANALYZE counts): orders 34.5 k (50 k in the baseline)',
    ]);
    expect(of(sized(50_000, 4_595_712), sized(34_537, 3_170_304))).toEqual([
      'rows, as the server last counted them: orders 34.5 k (50 k in the baseline)',
    ]);
    // A baseline of an older program may not know the size.
    expect(of(rows(50_000), sized(34_537, 4_595_712))).toHaveLength(1);
  });
  it('are silent about uncounted tables, and know two of one name apart', () => {
    const tables = (...list: object[]) => ({ target: { ...base.target, tables: list as [] } });
    const [none, many] = [
      { name: 'orders', rows: 0, counted: false },
      { name: 'orders', rows: 1000 },
    ];
    expect(of(tables(none), tables(many))).toEqual([]);
    expect(of(tables(many), tables(none))).toEqual([]);
    const two = [
      { ...many, schema: 'a' },
      { ...many, schema: 'b', rows: 1 },
    ];
    expect(of(tables(...two), tables(...two))).toEqual([]);
  });
  it('tell of another major version, not of a minor one', () => {
    const version = (serverVersion: string) => ({ target: { ...base.target, serverVersion } });
    expect(of(version('15.18'), version('15.2'))).toEqual([]);
    expect(of(version('15.18'), version('16beta1'))).toEqual(['PostgreSQL 16 (15 in the baseline)']);
  });
  it('tell of another configuration, existing indexes that are switched off among it', () => {
    const on = (index: boolean, drop: boolean) => ({
      proposals: [
        { id: 'i', kind: 'index', on: index },
        { id: 'old', kind: 'drop', on: drop },
      ],
    });
    expect(of(on(true, true), on(true, true))).toEqual([]);
    expect(of(on(true, true), on(false, false))).toEqual([
      'another configuration: on now and not in the baseline: without old; on in the baseline and not now: i',
    ]);
  });
  it('tell of limits', () => {
    const budgets = (workMemBytes: number | null, timeoutMs: number) => ({
      workload: { budgets: { workMemBytes, timeoutMs } },
    });
    expect(of(budgets(null, 1000), budgets(1, 1000))).toEqual([]);
    expect(of(budgets(1024 ** 2, 1000), budgets(2 * 1024 ** 2, 2000))).toEqual([
      'budgets.work_mem: 2 MB (1 MB in the baseline)',
      'the timeout: 2 s (1 s in the baseline)',
    ]);
  });
  it('tell of other planner settings', () => {
    const set = (...settings: { name: string; value: string }[]) => ({ settings });
    expect(of(set(), set({ name: 'jit', value: 'off' }))).toEqual([
      'planner settings: jit = off (the server’s own in the baseline)',
    ]);
    expect(of(set({ name: 'jit', value: 'off' }), set({ name: 'jit', value: 'off' }))).toEqual([]);
    expect(of({}, set())).toEqual([]);
  });
});

describe('a requirement that fails', () => {
  const requirement = (id: string, title: string, state: string, text = '3 scans') => ({
    id,
    title,
    after: { state, text },
  });
  const still = (then: Comparable['requirements'], now: Comparable['requirements']) => {
    const queries = [query('q', side(SEQ))];
    const { worse, stillFailing } = compare(
      checked(queries, { requirements: then }),
      checked(queries, { requirements: now }),
    );
    expect(worse).toBe(false);
    return stillFailing.map(({ id, text }) => `${id} ${text}`);
  };

  it('is still failing where it did in the baseline, whatever its number and its figure are now', () => {
    const then = [
      requirement('REQ-02', 'No Seq Scan', 'fail', '2 scans'),
      requirement('REQ-03', 'Memory', 'pass'),
    ];
    expect(still(then, [requirement('REQ-05', 'No Seq Scan', 'fail')])).toEqual(['REQ-05 3 scans']);
  });

  it('is not where it passed, was not there, or had another limit', () => {
    const then = [
      requirement('REQ-02', 'No Seq Scan', 'pass'),
      requirement('REQ-03', 'Memory ≤ 4 MB', 'fail'),
    ];
    expect(still(then, [requirement('REQ-02', 'No Seq Scan', 'fail')])).toEqual([]);
    expect(still([], [requirement('REQ-02', 'No Seq Scan', 'fail')])).toEqual([]);
    expect(still(then, [requirement('REQ-03', 'Memory ≤ 2 MB', 'fail')])).toEqual([]);
    expect(still(then, [requirement('REQ-03', 'Memory ≤ 4 MB', 'pass')])).toEqual([]);
  });

  it('is named by its number where several have its title', () => {
    const then = [requirement('REQ-01', 'Orders', 'fail'), requirement('REQ-02', 'Orders', 'pass')];
    const now = [requirement('REQ-01', 'Orders', 'fail'), requirement('REQ-02', 'Orders', 'fail')];
    expect(still(then, now)).toEqual(['REQ-01 3 scans']);
  });
});

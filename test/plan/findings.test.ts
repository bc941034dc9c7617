import { describe, expect, it } from 'vitest';
import { type Finding, findingsOf, type Surroundings, worstSeverity } from '../../src/plan/findings/find.ts';
import { RULES } from '../../src/plan/findings/rules.ts';
import { allFixtures, fixture, node, planOf, type Raw, ran } from './plans.ts';

const MB = 1024 ** 2;
const table = (name: string) => ({ 'Relation Name': name, Alias: name });
const rows = (planned: number, came: number): Raw => ({ 'Plan Rows': planned, 'Actual Rows': came });

/** Findings of one rule. */
function told(rule: string, root: Raw, around: Surroundings = {}, statement: Raw = {}): readonly Finding[] {
  return findingsOf(planOf(root, statement), around).filter(one => one.rule === rule);
}
const severities = (found: readonly Finding[]) => found.map(({ severity }) => severity);

describe('the rules', () => {
  it('have names of their own, and say what they find and where it comes from', () => {
    expect(new Set(RULES.map(({ name }) => name)).size).toBe(RULES.length);
    for (const { name, about, source } of RULES) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(about.length).toBeGreaterThan(0);
      expect(source.length).toBeGreaterThan(0);
    }
  });

  it('find nothing where there is nothing', () => {
    const fine = ran(
      'Hash Join',
      10,
      1,
      rows(1000, 900),
      ran('Seq Scan', 4, 1, { ...table('a'), ...rows(1000, 1000) }),
      ran('Hash', 3, 1, { 'Hash Batches': 1 }, ran('Seq Scan', 2, 1, { ...table('b'), ...rows(50, 60) })),
    );
    expect(findingsOf(planOf(fine, { 'Execution Time': 11 }), { memoryLimitBytes: 500 * MB })).toEqual([]);
    expect(findingsOf(planOf(node('Result')))).toEqual([]);
    expect(worstSeverity([])).toBeUndefined();
  });
});

describe('seq-scan', () => {
  const scan = (planned: number) => node('Seq Scan', { ...table('a'), 'Plan Rows': planned });

  it('begins at a million rows', () => {
    expect(told('seq-scan', scan(999_999))).toEqual([]);
    expect(told('seq-scan', scan(1_000_000))).toEqual([
      {
        rule: 'seq-scan',
        severity: 'severe',
        nodeId: 0,
        text: 'sequential scan on a large table: 1.00 M rows',
        next: 'the query needs every row: a materialized view, or a narrower query',
      },
    ]);
  });

  it('with a filter an index may help', () => {
    const [found] = told('seq-scan', { ...scan(2e6), Filter: '(n > 1)' });
    expect(found?.next).toBe('an index whose first columns are those of its filter');
  });

  it('counts what was read: rows given out and thrown away', () => {
    const read = (came: number, removed: number) =>
      ran('Seq Scan', 9, 1, { ...table('a'), ...rows(5, came), 'Rows Removed by Filter': removed });
    expect(told('seq-scan', read(1, 999_998))).toEqual([]);
    expect(severities(told('seq-scan', read(1, 999_999)))).toEqual(['severe']);
  });

  it('once for all processes of a parallel scan: 3 × 350,000 rows', () => {
    const gather = (each: number, fields: Raw) =>
      ran(
        'Gather',
        9,
        1,
        { 'Workers Planned': 2, 'Workers Launched': 2 },
        ran('Seq Scan', 9, 3, { ...table('a'), ...rows(each, each), ...fields }),
      );
    expect(told('seq-scan', gather(350_000, { 'Parallel Aware': true }))).toMatchObject([
      { nodeId: 1, text: 'sequential scan on a large table: 1.05 M rows' },
    ]);
    // Without it each reads the table whole: 350,000 rows.
    expect(told('seq-scan', gather(350_000, {}))).toEqual([]);
  });

  it('per loop: 1000 × 2000 rows are a table of 2000', () => {
    expect(told('seq-scan', ran('Seq Scan', 9, 1000, { ...table('a'), ...rows(2000, 2000) }))).toEqual([]);
  });

  it('is better where the table’s size is known, here and in production', () => {
    const known = (count: number, where: 'here' | 'production') => ({
      tableRows: () => ({ rows: count, where }),
    });
    expect(told('seq-scan', scan(5e6), known(999_999, 'here'))).toEqual([]);
    expect(severities(told('seq-scan', scan(5), known(1e6, 'here')))).toEqual(['severe']);
    expect(told('seq-scan', scan(5), known(50e6, 'production'))).toMatchObject([
      { severity: 'warning', text: 'sequential scan on a large table: 50 M rows in production' },
    ]);
  });

  it('from where on is large, the workload may say', () => {
    expect(told('seq-scan', scan(99), { largeTableRows: 100 })).toEqual([]);
    expect(told('seq-scan', scan(100), { largeTableRows: 100 })).toHaveLength(1);
  });

  it('never executed was not read', () => {
    expect(told('seq-scan', ran('Seq Scan', 0, 0, { ...table('a'), ...rows(5e6, 0) }))).toEqual([]);
  });
});

describe('rows-removed', () => {
  const scan = (came: number, removed: number, loops = 1, type = 'Seq Scan') =>
    ran(type, 9, loops, { ...table('a'), ...rows(came, came), 'Rows Removed by Filter': removed });

  it.each([
    // came, removed: share
    [10_000, 10_000, []], // 50 % exactly
    [9999, 10_000, ['notice']], // 50.003 %
    [2000, 18_000, ['notice']], // 90 % exactly
    [1999, 18_000, ['warning']], // 90.005 %
    [0, 9999, []], // all of it, but too few
    [0, 10_000, ['warning']],
  ])('%i came, %i removed', (came, removed, expected) => {
    expect(severities(told('rows-removed', scan(came, removed)))).toEqual(expected);
  });

  it('counts all loops', () => {
    // 10 × 1000 loops of 11 × 1000: 90.9 %
    expect(told('rows-removed', scan(1, 10, 1000))).toEqual([
      {
        rule: 'rows-removed',
        severity: 'warning',
        nodeId: 0,
        text: '10 k rows read and thrown away, 90 % of all it read',
        next: 'an index that has the filtered columns, or is partial on this condition',
      },
    ]);
  });

  it('in a join it is the condition', () => {
    for (const type of ['Nested Loop', 'Hash Join', 'Merge Join'])
      expect(told('rows-removed', scan(0, 20_000, 1, type))[0]?.next).toBe(
        'a join condition that an index or a hash can use',
      );
  });
});

describe('misestimate', () => {
  const scan = (planned: number, came: number) =>
    ran('Seq Scan', 9, 1, { ...table('a'), ...rows(planned, came) });

  it.each([
    [100, 999, []],
    [100, 1000, ['notice']],
    [100, 9999, ['notice']],
    [100, 10_000, ['warning']],
    [100, 99_999, ['warning']],
    [100, 100_000, ['severe']],
    [100_000, 100, ['severe']],
    [999, 100, []],
  ])('%i expected, %i came', (planned, came, expected) => {
    expect(severities(told('misestimate', scan(planned, came)))).toEqual(expected);
  });

  it('says both figures and which way', () => {
    expect(told('misestimate', scan(100, 2050))).toEqual([
      {
        rule: 'misestimate',
        severity: 'notice',
        nodeId: 0,
        text: '2.05 k rows where 100 were expected: 20× more (the misestimate begins here)',
        next: 'ANALYZE the table; if that changes nothing, CREATE STATISTICS on the columns of the condition',
      },
    ]);
    expect(told('misestimate', scan(2050, 100))[0]?.text).toContain(
      '100 rows where 2.05 k were expected: 20× fewer',
    );
  });

  it('is reported where it begins, with how far it grows', () => {
    // 20× below, 3000× above: told once, and as severe as it gets.
    const plan = ran(
      'Sort',
      9,
      1,
      rows(10, 30_000),
      ran('Hash Join', 9, 1, rows(10, 30_000), scan(100, 2000), ran('Hash', 1, 1)),
    );
    expect(told('misestimate', plan)).toMatchObject([
      {
        severity: 'severe',
        nodeId: 2,
        text: '2.00 k rows where 100 were expected: 20× more (the misestimate begins here, and 3,000× further up)',
      },
    ]);
  });

  it('of groups has another remedy', () => {
    for (const type of ['Aggregate', 'Group', 'Unique'])
      expect(told('misestimate', ran(type, 9, 1, rows(100, 2000)))[0]?.next).toContain('ndistinct');
  });

  it('is none below a LIMIT that cut the node short', () => {
    expect(told('misestimate', ran('Limit', 9, 1, rows(10, 10), scan(1e6, 10)))).toEqual([]);
  });
});

describe('spill', () => {
  const next = 'more work_mem, fewer or narrower rows, or an index that has them in order';
  const texts = (root: Raw) => told('spill', root).map(({ text }) => text);

  it('a sort on disk', () => {
    const sort = (type: string) => ran('Sort', 1, 1, { 'Sort Space Used': 2048, 'Sort Space Type': type });
    expect(told('spill', sort('Memory'))).toEqual([]);
    expect(told('spill', sort('Disk'))).toEqual([
      {
        rule: 'spill',
        severity: 'warning',
        nodeId: 0,
        text: 'the sort did not fit in memory: 2.0 MB on disk',
        next,
      },
    ]);
  });

  it('the sorts of all processes: 1024 + 2048 + 1024 kB', () => {
    const disk = (kilobytes: number) => ({ 'Sort Space Used': kilobytes, 'Sort Space Type': 'Disk' });
    const sort = ran('Sort', 1, 3, {
      ...disk(1024),
      Workers: [
        { 'Worker Number': 0, ...disk(2048) },
        { 'Worker Number': 1, ...disk(1024) },
      ],
    });
    expect(texts(sort)).toEqual(['the sort did not fit in memory: 4.0 MB on disk']);
  });

  it('an incremental sort’s groups', () => {
    const groups = { 'Group Count': 2, 'Sort Space Disk': { 'Peak Sort Space Used': 1024 } };
    expect(texts(ran('Incremental Sort', 1, 1, { 'Pre-sorted Groups': groups }))).toEqual([
      'the sort did not fit in memory: 1.0 MB on disk',
    ]);
  });

  it('a hash in more than one batch', () => {
    const hash = (batches: number) =>
      ran('Hash', 1, 1, { 'Hash Batches': batches, 'Temp Written Blocks': 0 });
    expect(texts(hash(1))).toEqual([]);
    expect(texts(hash(2))).toEqual(['the hash table did not fit in memory: 2 batches']);
    const written = ran('Hash', 1, 1, { 'Hash Batches': 4, 'Temp Written Blocks': 128 });
    // 128 × 8 kB
    expect(texts(written)).toEqual([
      'the hash table did not fit in memory: 4 batches, 1.0 MB written to disk',
    ]);
  });

  it('groups on disk, in all processes', () => {
    const groups = (fields: Raw) => ran('Aggregate', 1, 1, { Strategy: 'Hashed', ...fields });
    expect(texts(groups({ 'HashAgg Batches': 1, 'Disk Usage': 0 }))).toEqual([]);
    expect(texts(groups({ 'HashAgg Batches': 5, 'Disk Usage': 1024 }))).toEqual([
      'the groups did not fit in memory: 5 batches, 1.0 MB on disk',
    ]);
    const workers = [{ 'Worker Number': 0, 'HashAgg Batches': 9, 'Disk Usage': 1024 }];
    expect(texts(groups({ 'HashAgg Batches': 5, 'Disk Usage': 1024, Workers: workers }))).toEqual([
      'the groups did not fit in memory: 9 batches, 2.0 MB on disk',
    ]);
  });

  it('temporary files of anything else, told where they are written', () => {
    const plan = ran(
      'Sort',
      9,
      1,
      { 'Temp Written Blocks': 128 },
      ran('Materialize', 8, 1, { 'Temp Written Blocks': 128 }),
    );
    expect(told('spill', plan)).toMatchObject([{ nodeId: 1, text: '1.0 MB of temporary files written' }]);
  });

  it('a hash join’s own files are those of its Hash', () => {
    const join = ran(
      'Hash Join',
      9,
      1,
      { 'Temp Written Blocks': 300 },
      ran('Hash', 8, 1, { 'Hash Batches': 2, 'Temp Written Blocks': 128 }),
    );
    expect(told('spill', join).map(({ nodeId }) => nodeId)).toEqual([1]);
  });
});

describe('lossy-bitmap', () => {
  const bitmap = (lossy: number, exact: number) =>
    ran('Bitmap Heap Scan', 1, 1, { ...table('a'), 'Exact Heap Blocks': exact, 'Lossy Heap Blocks': lossy });

  it.each([
    [0, 5000, []],
    [1, 99, []], // 1 % exactly
    [2, 98, ['notice']],
    [30, 70, ['notice']], // 30 % exactly
    [31, 69, ['warning']],
    [1, 0, ['warning']],
  ])('%i lossy, %i exact', (lossy, exact, expected) => {
    expect(severities(told('lossy-bitmap', bitmap(lossy, exact)))).toEqual(expected);
  });

  it('says how many', () => {
    expect(told('lossy-bitmap', bitmap(500, 1500))).toEqual([
      {
        rule: 'lossy-bitmap',
        severity: 'notice',
        nodeId: 0,
        text: 'the bitmap did not fit: 500 of 2.00 k blocks were checked row by row',
        next: 'more work_mem, or a narrower index',
      },
    ]);
  });
});

describe('lossy-bitmap of figures that are none', () => {
  it.each([
    [true, 0],
    [[1], 0],
    ['x', 5],
    [-1, -3],
  ])('%j lossy, %j exact', (lossy, exact) => {
    const fields = { 'Lossy Heap Blocks': lossy, 'Exact Heap Blocks': exact };
    expect(told('lossy-bitmap', ran('Bitmap Heap Scan', 1, 1, fields))).toEqual([]);
  });

  it('negative ones do not hide the others', () => {
    const fields = { 'Lossy Heap Blocks': 5, 'Exact Heap Blocks': -50 };
    expect(told('lossy-bitmap', ran('Bitmap Heap Scan', 1, 1, fields))[0]?.text).toBe(
      'the bitmap did not fit: 5 of 5 blocks were checked row by row',
    );
  });
});

describe('heap-fetches', () => {
  const scan = (fetches: number, came: number, loops = 1) =>
    ran('Index Only Scan', 1, loops, { ...table('v'), ...rows(came, came), 'Heap Fetches': fetches });

  it.each([
    [99, 99, []], // all of them, but too few
    [100, 1000, []], // 10 % exactly
    [101, 1000, ['notice']],
    [400, 1000, ['notice']], // 40 % exactly
    [401, 1000, ['warning']],
    [5000, 10, ['warning']], // dead rows: more fetches than rows
  ])('%i fetches of %i rows', (fetches, came, expected) => {
    expect(severities(told('heap-fetches', scan(fetches, came)))).toEqual(expected);
  });

  it('are a total, the rows are per loop: 150 of 10 × 100', () => {
    expect(told('heap-fetches', scan(150, 10, 100))).toEqual([
      {
        rule: 'heap-fetches',
        severity: 'notice',
        nodeId: 0,
        text: 'index-only scan fetched 150 rows from the table, 15 % of them',
        next: 'VACUUM the table: its visibility map is out of date',
      },
    ]);
  });

  it('on a view made in this transaction are not reported', () => {
    const proposed = [
      { proposal: 'V1', kind: 'materialized view', name: 'v', table: 'v', usable: true },
    ] as const;
    expect(told('heap-fetches', scan(1000, 1000), { proposed })).toMatchObject([
      {
        severity: 'notice',
        text: expect.stringContaining('the view was never vacuumed inside this transaction'),
        next: 'take its time as an upper bound: once committed, VACUUM makes it all-visible',
      },
    ]);
  });
});

describe('workers-missing', () => {
  const gather = (planned: number, launched: number | undefined, loops = 1) =>
    ran('Gather', 1, loops, {
      'Workers Planned': planned,
      ...(launched === undefined ? {} : { 'Workers Launched': launched }),
    });

  it('is one that did not come', () => {
    expect(told('workers-missing', gather(4, 4))).toEqual([]);
    expect(told('workers-missing', gather(4, 3))).toEqual([
      {
        rule: 'workers-missing',
        severity: 'warning',
        nodeId: 0,
        text: '3 of 4 planned workers started',
        next: 'measure when the server is idle, or raise max_parallel_workers: this time is not the plan’s usual one',
      },
    ]);
  });

  it('is reported for nodes that ran', () => {
    expect(told('workers-missing', gather(4, 0, 0))).toEqual([]);
    expect(told('workers-missing', gather(4, undefined))).toEqual([]);
    expect(told('workers-missing', node('Gather', { 'Workers Planned': 4 }))).toEqual([]);
  });
});

describe('jit', () => {
  const jit = (ms: number, whole: number | undefined) =>
    told(
      'jit',
      ran('Result', 80, 1),
      {},
      {
        JIT: { Functions: 12, Timing: { Total: ms } },
        ...(whole === undefined ? {} : { 'Execution Time': whole }),
      },
    );

  it.each([
    [9.9, 12, []], // 82 %, but too little
    [10, 12, ['warning']],
    [10, 100, []], // 10 % exactly
    [10.1, 100, ['notice']],
    [25, 100, ['notice']], // 25 % exactly
    [25.1, 100, ['warning']],
  ])('%f of %f ms', (ms, whole, expected) => {
    expect(severities(jit(ms, whole))).toEqual(expected);
  });

  it('is about the plan as a whole', () => {
    expect(jit(60, 200)).toEqual([
      {
        rule: 'jit',
        severity: 'warning',
        nodeId: undefined,
        text: '60 ms went into compiling 12 functions (JIT), 30 % of the execution',
        next: 'jit = off for this query, or a higher jit_above_cost',
      },
    ]);
  });

  it('without Execution Time is measured by the root: 40 of 80 ms', () => {
    expect(jit(40, undefined)[0]?.text).toContain('50 % of the execution');
  });

  it('is never more than all of it (workers compile too)', () => {
    expect(jit(500, 200)[0]?.text).toContain('100 % of the execution');
  });
});

describe('nested-loop', () => {
  const loop = (loops: number, innerMs: number, rootMs = 100, more: Raw = {}) =>
    ran(
      'Sort',
      rootMs,
      1,
      {},
      ran(
        'Nested Loop',
        rootMs,
        1,
        {},
        ran('Seq Scan', 1, 1, table('a')),
        ran('Index Scan', innerMs / loops, loops, { ...table('b'), ...more }),
      ),
    );

  it.each([
    [9999, 90, []],
    [10_000, 90, ['warning']],
    [10_000, 9, []],
    [10_000, 11, ['notice']],
    [10_000, 39, ['notice']],
    [10_000, 41, ['warning']],
  ])('%i loops that took %i of 100 ms', (loops, ms, expected) => {
    expect(severities(told('nested-loop', loop(loops, ms)))).toEqual(expected);
  });

  it('is reported for the join', () => {
    expect(told('nested-loop', loop(20_000, 50))).toEqual([
      {
        rule: 'nested-loop',
        severity: 'warning',
        nodeId: 1,
        text: 'nested loop over many rows: the inner side ran 20 k times, 50 % of the time',
        next: 'check whether the outer side was misestimated; without an equality there is no hash or merge join for it',
      },
    ]);
  });

  it('advises a hash join only where there is an equality', () => {
    const inner = (condition: string) =>
      ran('Index Scan', 0.005, 20_000, { ...table('b'), 'Index Cond': condition });
    const next = (condition: string) =>
      told(
        'nested-loop',
        ran('Nested Loop', 120, 1, {}, ran('Seq Scan', 10, 1, { 'Actual Rows': 20_000 }), inner(condition)),
      )[0]?.next;
    expect(next('(b.id = a.id)')).toMatch(/a hash join reads the inner side once$/);
    expect(next('(b.at >= a.since)')).toMatch(/without an equality/);
  });

  it('is about the inner side only', () => {
    expect(
      told(
        'nested-loop',
        ran('Nested Loop', 100, 1, {}, ran('Seq Scan', 0.005, 20_000), ran('Index Scan', 1, 1)),
      ),
    ).toEqual([]);
    expect(
      told('nested-loop', ran('Append', 100, 1, {}, ran('Result', 1, 1), ran('Result', 0.005, 20_000))),
    ).toEqual([]);
  });

  it('without times the loops are enough', () => {
    const untimed = (type: string, loops: number, ...children: Raw[]) =>
      node(type, { 'Actual Rows': 1, 'Actual Loops': loops }, ...children);
    const plan = untimed('Nested Loop', 1, untimed('Seq Scan', 1), untimed('Index Scan', 10_000));
    expect(told('nested-loop', plan)).toMatchObject([
      { severity: 'notice', text: 'nested loop over many rows: the inner side ran 10 k times' },
    ]);
  });
});

describe('memory', () => {
  /** Holds `held` kB of the 4 MB that it may. */
  const sort = (held: number, ...children: Raw[]) =>
    ran('Sort', 1, 1, { 'Sort Space Used': held, 'Sort Space Type': 'Memory' }, ...children);

  it('is not judged without a limit, nor below it', () => {
    expect(told('memory', sort(4000))).toEqual([]);
    // Exactly as much as it may take.
    expect(told('memory', sort(4000), { memoryLimitBytes: 4 * MB })).toEqual([]);
  });

  it('that may be taken: a notice about the plan as a whole', () => {
    expect(told('memory', sort(2048), { memoryLimitBytes: 4 * MB - 1 })).toEqual([
      {
        rule: 'memory',
        severity: 'notice',
        nodeId: undefined,
        text: 'the plan holds 2.0 MB (measured), but with more rows its nodes may take 4.0 MB before they spill, above the limit of 4.0 MB',
        next: 'work_mem is for each node of each process, not for the query',
      },
    ]);
  });

  it('that was not measured is called estimated', () => {
    const unrun = node('Sort', { 'Plan Rows': 20_000, 'Plan Width': 60 });
    const [notice] = told('memory', unrun, { memoryLimitBytes: 4 * MB - 1 });
    expect(notice?.text).toMatch(/^the plan holds 1\.\d MB \(estimated\), but with more rows/);
    const both = sort(2048, node('Hash', { 'Plan Rows': 1000, 'Plan Width': 60 }));
    const [some] = told('memory', both, { memoryLimitBytes: 5 * MB });
    expect(some?.text).toMatch(/^the plan holds \S+ MB \(partly estimated\), but/);
  });

  it('that is taken: severe, at the node that has most of it', () => {
    // 1 + 2 MB above 3 MB − 1 byte; of two the second has more.
    const plan = sort(1024, sort(2048));
    expect(severities(told('memory', plan, { memoryLimitBytes: 3 * MB }))).toEqual(['notice']);
    expect(told('memory', plan, { memoryLimitBytes: 3 * MB - 1 })).toEqual([
      {
        rule: 'memory',
        severity: 'severe',
        nodeId: 1,
        text: 'the plan holds 3.0 MB in memory at once (measured), above the limit of 3.0 MB; most of it here',
        next: 'less work_mem, fewer workers, or fewer rows to sort and hash',
      },
    ]);
  });

  it('that another server takes is not at the node named', () => {
    const remote = ran('Custom Scan', 1, 1, {
      'Distributed Query': { Job: { Tasks: [{ 'Remote Plan': [[{ Plan: sort(4000) }]] }] } },
    });
    const found = told('memory', sort(2048, remote), { memoryLimitBytes: MB });
    expect(found).toMatchObject([{ severity: 'severe', nodeId: 0 }]);
  });

  it('that a plan not run would take is estimated', () => {
    const plan = node('Sort', { 'Plan Rows': 1e6, 'Plan Width': 100 });
    expect(told('memory', plan, { memoryLimitBytes: MB })[0]?.text).toContain('(estimated)');
  });

  it('knows the multiplier of 13 and 14', () => {
    const hash = ran('Hash', 1, 1, { 'Peak Memory Usage': 10 });
    expect(told('memory', hash, { memoryLimitBytes: 5 * MB })).toHaveLength(1);
    expect(told('memory', hash, { memoryLimitBytes: 5 * MB, hashMemMultiplier: 1 })).toEqual([]);
  });
});

describe('proposals', () => {
  const index = (name: string, on: string, usable = true) =>
    ({ proposal: `P_${name}`, kind: 'index', name, table: on, usable }) as const;
  const scan = node('Seq Scan', table('orders'));

  it('an index that is built but unusable: told where its table is read', () => {
    const proposed = [index('i', 'orders', false)];
    expect(told('unusable-index', scan, { proposed })).toEqual([
      {
        rule: 'unusable-index',
        severity: 'warning',
        nodeId: 0,
        text: 'i is built, but unusable until committed: rows of orders were changed in place while older snapshots see them',
        next: 'start again while no older transaction runs: then the planner can use it',
      },
    ]);
    expect(told('unused', scan, { proposed })).toEqual([]);
    expect(told('unusable-index', scan, { proposed: [index('i', 'other', false)] })).toEqual([]);
    expect(told('unusable-index', scan, { proposed: [index('i', 'orders')] })).toEqual([]);
  });

  it('one that is not used, of a table that is', () => {
    expect(told('unused', scan, { proposed: [index('i', 'orders')] })).toEqual([
      {
        rule: 'unused',
        severity: 'notice',
        nodeId: undefined,
        text: 'P_i is on, but this plan does not use it',
        next: 'check whether another query needs it: else it only costs space and slows writes',
      },
    ]);
    expect(told('unused', scan, { proposed: [index('i', 'other')] })).toEqual([]);
    expect(told('unused', scan, { proposed: [index('i', 'orders'), index('j', 'orders')] })).toMatchObject([
      { text: 'on, but not used by this plan: P_i, P_j' },
    ]);
    const used = node('Index Scan', { ...table('orders'), 'Index Name': 'i' });
    expect(told('unused', used, { proposed: [index('i', 'orders')] })).toEqual([]);
  });

  it('of a proposal of several objects one is enough, and statistics are never read', () => {
    const used = node('Index Scan', { ...table('orders'), 'Index Name': 'i' });
    const two = [index('i', 'orders'), { ...index('j', 'orders'), proposal: 'P_i' }];
    expect(told('unused', used, { proposed: two })).toEqual([]);
    const statistics = {
      proposal: 'S',
      kind: 'statistics',
      name: 's',
      table: 'orders',
      usable: true,
    } as const;
    expect(told('unused', scan, { proposed: [statistics] })).toEqual([]);
  });
});

describe('order', () => {
  it('the severest first, then as in the plan, what is about the whole at the end of its equals', () => {
    const found = findingsOf(
      planOf(
        ran(
          'Gather',
          100,
          1,
          { 'Workers Planned': 2, 'Workers Launched': 1 },
          ran('Sort', 9, 2, { 'Sort Space Used': 9, 'Sort Space Type': 'Disk' }),
          ran('Seq Scan', 9, 1, { ...table('a'), ...rows(2e6, 2e6), 'Rows Removed by Filter': 3e6 }),
        ),
        { JIT: { Functions: 1, Timing: { Total: 50 } }, 'Execution Time': 100 },
      ),
    );
    expect(found.map(({ rule, severity, nodeId }) => [severity, nodeId, rule])).toEqual([
      ['severe', 2, 'seq-scan'],
      ['warning', 0, 'workers-missing'],
      ['warning', 1, 'spill'],
      ['warning', undefined, 'jit'],
      ['notice', 2, 'rows-removed'], // 3 of 5 million: 60 %
    ]);
    expect(worstSeverity(found)).toBe('severe');
    expect(worstSeverity(found.slice(1))).toBe('warning');
    expect(worstSeverity(found.slice(4))).toBe('notice');
  });
});

describe('recorded plans', () => {
  it('sentences are whole, without a full stop, and point at a node of the plan', () => {
    const seen = new Set<string>();
    for (const name of allFixtures()) {
      const plan = fixture(name);
      const last = (one = plan.root): number =>
        one.children.reduce((id, child) => Math.max(id, last(child)), one.id);
      for (const { rule, text, next, nodeId } of findingsOf(plan, {
        largeTableRows: 1000,
        memoryLimitBytes: MB,
      })) {
        seen.add(rule);
        expect(`${text}\n${next}`, name).not.toMatch(/NaN|undefined|Infinity|–|\.$|\.\n/);
        if (nodeId !== undefined) expect(nodeId, name).toBeLessThanOrEqual(last());
      }
    }
    expect([...seen].sort()).toEqual(expect.arrayContaining(['memory', 'misestimate', 'seq-scan', 'spill']));
  });
});

describe('trigger', () => {
  const triggers = (ms: number, whole: number | undefined, more: Raw = {}) =>
    told(
      'trigger',
      ran('ModifyTable', 1, 1),
      {},
      {
        Triggers: [{ 'Trigger Name': 'audit', Relation: 'orders', Time: ms, Calls: 3, ...more }],
        ...(whole === undefined ? {} : { 'Execution Time': whole }),
      },
    );

  it.each([
    [9, 10, []], // too little to matter
    [10, 100, []], // 10 % exactly
    [11, 100, ['notice']],
    [40, 100, ['notice']],
    [41, 100, ['warning']],
    [41, undefined, []],
  ])('%i of %j ms', (ms, whole, expected) => {
    expect(severities(triggers(ms, whole))).toEqual(expected);
  });

  it('of a foreign key: 9 of 9.03 s are in no node', () => {
    const fk = { 'Trigger Name': 'RI_ConstraintTrigger_a_7', 'Constraint Name': 'items_order_id_fkey' };
    expect(triggers(9000, 9030, fk)).toEqual([
      {
        rule: 'trigger',
        severity: 'warning',
        nodeId: undefined,
        text: 'trigger items_order_id_fkey on orders took 9.00 s in 3 calls, 99 % of the execution',
        next: 'it checks a foreign key: an index on the referencing columns helps if rows are deleted or keys updated',
      },
    ]);
  });
});

describe('of figures that stand elsewhere', () => {
  it('a hash join’s own temporary files belong to its Hash’s spill: 30 + 50 blocks', () => {
    const temp = (written: number) => ({ 'Temp Written Blocks': written, 'Shared Hit Blocks': 1 });
    const join = ran(
      'Hash Join',
      9,
      1,
      temp(80),
      ran('Seq Scan', 1, 1, temp(0)),
      ran('Hash', 1, 1, { ...temp(30), 'Hash Batches': 4 }),
    );
    expect(told('spill', join).map(({ text }) => text)).toEqual([
      'the hash table did not fit in memory: 4 batches, 640 kB written to disk',
    ]);
  });

  it('lossy blocks of workers, as PostgreSQL 18 has them', () => {
    const fields = {
      'Exact Heap Blocks': 100,
      Workers: [{ 'Worker Number': 0, 'Exact Heap Blocks': 40, 'Lossy Heap Blocks': 60 }],
    };
    expect(told('lossy-bitmap', ran('Bitmap Heap Scan', 1, 1, fields))[0]?.text).toBe(
      'the bitmap did not fit: 60 of 200 blocks were checked row by row',
    );
  });
});

describe('the next thing to try', () => {
  const removed = (type: string, fields: Raw) =>
    told('rows-removed', ran(type, 9, 1, { 'Rows Removed by Filter': 1e6, Filter: '(a > 1)', ...fields }))[0]
      ?.next;

  it.each([
    ['Seq Scan', table('a'), /^an index that has the filtered columns/],
    ['CTE Scan', { 'CTE Name': 'x' }, /into the CTE/],
    ['Function Scan', { 'Function Name': 'f' }, /^a function returns all its rows first/],
    ['Foreign Scan', table('a'), /other server/],
    ['Aggregate', {}, /^HAVING/],
    ['Subquery Scan', {}, /needs the subquery’s result/],
    ['Seq Scan', { ...table('a'), Filter: '(NOT (SubPlan 1))' }, /subquery for each row/],
    ['Bitmap Heap Scan', { ...table('a'), 'Rows Removed by Index Recheck': 2e6 }, /^more work_mem/],
  ])('for rows removed by %s', (type, fields, expected) => {
    expect(removed(type, fields)).toMatch(expected);
  });

  it.each([
    ['Seq Scan', table('a'), /^ANALYZE the table/],
    ['Function Scan', { 'Function Name': 'f' }, /ALTER FUNCTION/],
    ['Recursive Union', {}, /the planner guesses/],
    ['Foreign Scan', table('a'), /use_remote_estimate/],
    ['Hash Join', {}, /^ANALYZE both tables/],
  ])('for a misestimate of %s', (type, fields, expected) => {
    expect(told('misestimate', ran(type, 9, 1, { ...rows(10, 100_000), ...fields }))[0]?.next).toMatch(
      expected,
    );
  });

  it('Citus’ constant is no estimate', () => {
    const custom = { 'Custom Plan Provider': 'Citus Adaptive', ...rows(100_000, 128) };
    expect(told('misestimate', ran('Custom Scan', 9, 1, custom))).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { properties, root } from './reading.ts';

/** What a node's lines become. */
function lines(heading: string, ...text: readonly string[]): object {
  return properties(root([heading, ...text.map(line => `  ${line}`)].join('\n')));
}

/** As `lines`, without what the heading says. */
function under(heading: string, ...text: readonly string[]): object {
  const alone: object = lines(heading);
  return Object.fromEntries(
    Object.entries(lines(heading, ...text)).filter(
      ([key]) => !(key in alone) || key === 'Planned Partitions',
    ),
  );
}

const BLOCKS = {
  'Shared Hit Blocks': 0,
  'Shared Read Blocks': 0,
  'Shared Dirtied Blocks': 0,
  'Shared Written Blocks': 0,
  'Local Hit Blocks': 0,
  'Local Read Blocks': 0,
  'Local Dirtied Blocks': 0,
  'Local Written Blocks': 0,
  'Temp Read Blocks': 0,
  'Temp Written Blocks': 0,
};

describe('the lines under a node', () => {
  it.each<[string, string, object]>([
    ['Sort', "Sort Key: a, (f(b, c)) DESC, 'x, y'", { 'Sort Key': ['a', '(f(b, c)) DESC', "'x, y'"] }],
    [
      'Sort',
      'Sort Method: external merge  Disk: 5672kB',
      { 'Sort Method': 'external merge', 'Sort Space Used': 5672, 'Sort Space Type': 'Disk' },
    ],
    [
      'Sort',
      'Sort Method: quicksort Memory: 25kB',
      { 'Sort Method': 'quicksort', 'Sort Space Used': 25, 'Sort Space Type': 'Memory' },
    ],
    [
      'Incremental Sort',
      'Full-sort Groups: 2  Sort Methods: top-N heapsort, quicksort  Average Memory: 26kB  Peak Memory: 27kB  Average Disk: 1kB  Peak Disk: 3kB',
      {
        'Full-sort Groups': {
          'Group Count': 2,
          'Sort Methods Used': ['top-N heapsort', 'quicksort'],
          'Sort Space Memory': { 'Average Sort Space Used': 26, 'Peak Sort Space Used': 27 },
          'Sort Space Disk': { 'Average Sort Space Used': 1, 'Peak Sort Space Used': 3 },
        },
      },
    ],
    [
      'Hash',
      'Buckets: 4096 (originally 1024)  Batches: 4 (originally 1)  Memory Usage: 3073kB',
      {
        'Hash Buckets': 4096,
        'Original Hash Buckets': 1024,
        'Hash Batches': 4,
        'Original Hash Batches': 1,
        'Peak Memory Usage': 3073,
      },
    ],
    [
      'Hash',
      'Buckets: 1024  Batches: 1  Memory Usage: 9kB',
      {
        'Hash Buckets': 1024,
        'Original Hash Buckets': 1024,
        'Hash Batches': 1,
        'Original Hash Batches': 1,
        'Peak Memory Usage': 9,
      },
    ],
    [
      'HashAggregate',
      'Planned Partitions: 4  Batches: 5  Memory Usage: 409kB  Disk Usage: 648kB',
      { 'Planned Partitions': 4, 'HashAgg Batches': 5, 'Peak Memory Usage': 409, 'Disk Usage': 648 },
    ],
    [
      'HashAggregate',
      'Batches: 1  Memory Usage: 24kB',
      { 'HashAgg Batches': 1, 'Peak Memory Usage': 24, 'Disk Usage': 0 },
    ],
    [
      'Memoize',
      'Hits: 980  Misses: 20  Evictions: 1  Overflows: 2  Memory Usage: 3kB',
      {
        'Cache Hits': 980,
        'Cache Misses': 20,
        'Cache Evictions': 1,
        'Cache Overflows': 2,
        'Peak Memory Usage': 3,
      },
    ],
    ['Memoize', 'Cache Key: 1', { 'Cache Key': '1' }],
    ['Bitmap Heap Scan on t', 'Heap Blocks: exact=12', { 'Exact Heap Blocks': 12, 'Lossy Heap Blocks': 0 }],
    ['Materialize', 'Storage: Memory  Maximum Storage: 17kB', { Storage: 'Memory', 'Maximum Storage': 17 }],
    [
      'Sample Scan on t',
      "Sampling: system ('10'::real) REPEATABLE ('0'::double precision)",
      {
        'Sampling Method': 'system',
        'Sampling Parameters': ["'10'::real"],
        'Repeatable Seed': "'0'::double precision",
      },
    ],
    [
      'Merge on t',
      'Tuples: inserted=1 updated=2 skipped=4',
      { 'Tuples Inserted': 1, 'Tuples Updated': 2, 'Tuples Deleted': 0, 'Tuples Skipped': 4 },
    ],
    [
      'Insert on t',
      'Conflict Arbiter Indexes: a_key, b_key',
      { 'Conflict Arbiter Indexes': ['a_key', 'b_key'] },
    ],
    ['Hash Join', 'Inner Unique: true', { 'Inner Unique': true }],
    ['Seq Scan on t', 'Disabled: true', { Disabled: true }],
    ['Result', 'One-Time Filter: false', { 'One-Time Filter': false.toString() }],
    ['Seq Scan on t', 'Rows Removed by Filter: 733', { 'Rows Removed by Filter': 733 }],
    ['Index Only Scan using i on t', 'Heap Fetches: 0', { 'Heap Fetches': 0 }],
    ['Index Scan using i on t', 'Index Searches: 3', { 'Index Searches': 3 }],
    ['Foreign Scan', 'Relations: (a) INNER JOIN (b)', { Relations: '(a) INNER JOIN (b)' }],
    ['Foreign Scan', 'Remote SQL: SELECT a FROM t', { 'Remote SQL': 'SELECT a FROM t' }],
    ['Result', 'Something New: 12.5 ms', { 'Something New': 12.5 }],
    ['Result', 'Something Else: 14 bytes', { 'Something Else': '14 bytes' }],
    [
      'Result',
      'Buffers: shared hit=5 read=1 dirtied=2 written=3, local hit=4, temp read=6 written=7',
      {
        ...BLOCKS,
        'Shared Hit Blocks': 5,
        'Shared Read Blocks': 1,
        'Shared Dirtied Blocks': 2,
        'Shared Written Blocks': 3,
        'Local Hit Blocks': 4,
        'Temp Read Blocks': 6,
        'Temp Written Blocks': 7,
      },
    ],
    ['Result', 'I/O Timings: read=1.25', { 'I/O Read Time': 1.25, 'I/O Write Time': 0 }],
    [
      'Result',
      'I/O Timings: shared/local read=1.25, temp read=2.5 write=3.5',
      { 'I/O Read Time': 1.25, 'I/O Write Time': 0, 'Temp I/O Read Time': 2.5, 'Temp I/O Write Time': 3.5 },
    ],
    [
      'Result',
      'I/O Timings: shared read=1.25 write=0.5, temp write=3.5',
      {
        'Shared I/O Read Time': 1.25,
        'Shared I/O Write Time': 0.5,
        'Local I/O Read Time': 0,
        'Local I/O Write Time': 0,
        'Temp I/O Read Time': 0,
        'Temp I/O Write Time': 3.5,
      },
    ],
    [
      'Result',
      'WAL: records=3 bytes=198 buffers full=2',
      { 'WAL Records': 3, 'WAL FPI': 0, 'WAL Bytes': 198, 'WAL Buffers Full': 2 },
    ],
  ])('%s / %s', (heading, line, expected) => {
    expect(under(heading, line)).toEqual(expected);
  });

  it('says 0 for what only other nodes have', () => {
    const text = 'Limit\n  Buffers: shared hit=2\n  WAL: records=1\n  ->  Result';
    expect(root(text).Plans).toMatchObject([{ ...BLOCKS, 'WAL Records': 0, 'WAL FPI': 0, 'WAL Bytes': 0 }]);
  });

  it('says what FORMAT JSON says though the text does not', () => {
    const hashed = root(
      'HashAggregate  (cost=0.00..1.00 rows=1 width=4)\n  Group Key: a\n  Filter: (a > 1)\n  Rows Removed by Filter: 2',
    );
    expect(Object.keys(hashed).slice(-4)).toEqual([
      'Group Key',
      'Filter',
      'Planned Partitions',
      'Rows Removed by Filter',
    ]);
    expect(root('Append\n  ->  Result')).toMatchObject({ 'Subplans Removed': 0 });
    expect(root('Append\n  Subplans Removed: 2\n  ->  Result')).toMatchObject({ 'Subplans Removed': 2 });
    expect(root('Gather\n  Workers Planned: 1\n  ->  Result')).toMatchObject({ 'Single Copy': false });
    expect(root('Hash Join\n  Output: a\n  ->  Result\n  ->  Hash')).toMatchObject({ 'Inner Unique': false });
    expect(root('Hash Join\n  Hash Cond: (a = b)\n  ->  Result\n  ->  Hash')).not.toHaveProperty(
      'Inner Unique',
    );
  });

  it.each<[string, readonly string[], object]>([
    ['one key', ['Group Key: a, b'], { 'Group Key': ['a', 'b'] }],
    ['no key', ['Group Key: ()'], { 'Grouping Sets': [{ 'Group Keys': [[]] }] }],
    [
      'a rollup',
      ['Group Key: a, b', 'Group Key: a', 'Group Key: ()'],
      { 'Grouping Sets': [{ 'Group Keys': [['a', 'b'], ['a'], []] }] },
    ],
    [
      'two sorts',
      ['Group Key: a', 'Group Key: ()', 'Sort Key: b', '  Group Key: b'],
      { 'Grouping Sets': [{ 'Group Keys': [['a'], []] }, { 'Sort Key': ['b'], 'Group Keys': [['b']] }] },
    ],
    [
      'hash tables, each its own',
      ['Hash Key: a', 'Hash Key: b', 'Group Key: ()'],
      { 'Grouping Sets': [{ 'Hash Keys': [['a']] }, { 'Hash Keys': [['b']] }, { 'Group Keys': [[]] }] },
    ],
  ])('reads grouping sets: %s', (_what, text, expected) => {
    expect(under('MixedAggregate', ...text)).toEqual(expected);
  });

  it('gives each worker its lines', () => {
    const text = `Sort  (cost=0.00..1.00 rows=1 width=4) (actual time=1.0..2.0 rows=3 loops=3)
  Sort Key: a
  Sort Method: quicksort  Memory: 25kB
  Buffers: shared hit=9
  Worker 1:  actual time=0.100..0.250 rows=1 loops=1
    Sort Method: quicksort  Memory: 26kB
    JIT:
      Functions: 4
      Options: Inlining false, Optimization true
      Timing: Generation 1.500 ms, Total 2.500 ms
    Buffers: shared hit=4
  Worker 0:  Sort Method: top-N heapsort  Memory: 27kB
  Filter: after`;
    expect(root(text)).toMatchObject({ Filter: 'after', 'Shared Hit Blocks': 9 });
    expect(root(text).Workers).toEqual([
      {
        ...BLOCKS,
        'Worker Number': 0,
        'Sort Method': 'top-N heapsort',
        'Sort Space Used': 27,
        'Sort Space Type': 'Memory',
      },
      {
        ...BLOCKS,
        'Worker Number': 1,
        'Actual Startup Time': 0.1,
        'Actual Total Time': 0.25,
        'Actual Rows': 1,
        'Actual Loops': 1,
        'Sort Method': 'quicksort',
        'Sort Space Used': 26,
        'Sort Space Type': 'Memory',
        JIT: {
          Functions: 4,
          Options: { Inlining: false, Optimization: true },
          Timing: { Generation: 1.5, Total: 2.5 },
        },
        'Shared Hit Blocks': 4,
      },
    ]);
  });

  it('keeps the tables of an UPDATE apart, with and without figures', () => {
    const tables = '\n  Update on p1 p_1\n    Remote SQL: UPDATE x\n  Foreign Update on p2 p_2\n  ->  Result';
    for (const figures of ['', '  (cost=0.00..1.00 rows=1 width=4)']) {
      expect(root(`Update on p${figures}${tables}${figures}`)).toMatchObject({
        'Relation Name': 'p',
        'Target Tables': [
          { 'Relation Name': 'p1', Alias: 'p_1', 'Remote SQL': 'UPDATE x' },
          { 'Relation Name': 'p2', Alias: 'p_2' },
        ],
        Plans: [{ 'Node Type': 'Result' }],
      });
    }
  });
});

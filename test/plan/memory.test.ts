import { describe, expect, it } from 'vitest';
import { type Holder, memoryOf, type PlanMemory } from '../../src/plan/memory/memory.ts';
import { allFixtures, fixture, node, planOf, type Raw, ran } from './plans.ts';

const KB = 1024;
const MB = 1024 ** 2;
const GB = 1024 ** 3;

const init = (name: string) => ({ 'Parent Relationship': 'InitPlan', 'Subplan Name': name });
const sorted = (kilobytes: number, type = 'Memory'): Raw => ({
  'Sort Method': type === 'Disk' ? 'external merge' : 'quicksort',
  'Sort Space Used': kilobytes,
  'Sort Space Type': type,
});
const peak = (kilobytes: number): Raw => ({ 'Peak Memory Usage': kilobytes });
const hashed = { Strategy: 'Hashed' };
const workerWith = (number: number, fields: Raw): Raw => ({ 'Worker Number': number, ...fields });
/** Under a Gather that two workers came to: three processes. */
const inThree = (child: Raw, more: Raw = {}): Raw =>
  ran('Gather', 100, 1, { 'Workers Planned': 2, 'Workers Launched': 2, ...more }, child);

const of = (root: Raw, statement: Raw = {}): PlanMemory => memoryOf(planOf(root, statement));
function only(root: Raw, statement: Raw = {}): Omit<Holder, 'node'> {
  const { holders } = of(root, statement);
  expect(holders).toHaveLength(1);
  const { what, how, heldBytes, allowedBytes, processes } = holders[0] ?? expect.fail();
  return { what, how, heldBytes, allowedBytes, processes };
}

describe('sorts', () => {
  it('in memory hold what they say', () => {
    expect(only(ran('Sort', 1, 1, sorted(25)))).toEqual({
      what: 'sort',
      how: 'measured',
      heldBytes: 25 * KB,
      allowedBytes: 4 * MB,
      processes: 1,
    });
  });

  it('on disk had filled their memory: what they say is the disk’s', () => {
    const settings = { Settings: { work_mem: '8MB' } };
    expect(only(ran('Sort', 1, 1, sorted(90_000, 'Disk')), settings)).toMatchObject({
      how: 'measured',
      heldBytes: 8 * MB,
    });
    // Without a stated size PostgreSQL's default applies: then it is not measured.
    expect(only(ran('Sort', 1, 1, sorted(90_000, 'Disk')))).toMatchObject({
      how: 'estimated',
      heldBytes: 4 * MB,
    });
    expect(only(ran('Sort', 1, 1, sorted(100, 'Disk')))).toMatchObject({ heldBytes: 4 * MB });
  });

  it('of workers are their own, and added', () => {
    const sort = ran('Sort', 1, 3, {
      ...sorted(30),
      Workers: [workerWith(0, sorted(25)), workerWith(1, sorted(26))],
    });
    // 30 + 25 + 26
    expect(only(inThree(sort))).toMatchObject({
      heldBytes: 81 * KB,
      allowedBytes: 12 * MB,
      processes: 3,
      how: 'measured',
    });
  });

  it('of one worker may be on disk', () => {
    const sort = ran('Sort', 1, 3, {
      ...sorted(30),
      Workers: [workerWith(0, sorted(9000, 'Disk')), workerWith(1, sorted(26))],
    });
    // 30 kB + 4 MB + 26 kB
    expect(only(inThree(sort)).heldBytes).toBe(4 * MB + 56 * KB);
  });

  it('incremental, hold a group sorted whole and one of those that begin alike', () => {
    const groups = (kilobytes: number, where = 'Memory') => ({
      'Group Count': 9,
      [`Sort Space ${where}`]: { 'Average Sort Space Used': 1, 'Peak Sort Space Used': kilobytes },
    });
    const both = ran('Incremental Sort', 1, 1, {
      'Full-sort Groups': groups(27),
      'Pre-sorted Groups': groups(30),
    });
    // 27 + 30
    expect(only(both)).toMatchObject({ what: 'sort', how: 'measured', heldBytes: 57 * KB });
    expect(only(ran('Incremental Sort', 1, 1, { 'Full-sort Groups': groups(27) })).heldBytes).toBe(27 * KB);
    // A group that went to disk had filled its memory before.
    const spilled = { 'Full-sort Groups': groups(27), 'Pre-sorted Groups': groups(9000, 'Disk') };
    expect(only(ran('Incremental Sort', 1, 1, spilled))).toMatchObject({
      how: 'estimated',
      heldBytes: 4 * MB + 27 * KB,
    });
    // Workers have groups of their own: 27 + 20 + 10.
    const inWorkers = ran('Incremental Sort', 1, 3, {
      'Full-sort Groups': groups(27),
      Workers: [
        workerWith(0, { 'Full-sort Groups': groups(20) }),
        workerWith(1, { 'Full-sort Groups': groups(10) }),
      ],
    });
    expect(only(inThree(inWorkers)).heldBytes).toBe(57 * KB);
  });

  it('not run, under a LIMIT, keep as many rows as it asks for', () => {
    const sort = node('Sort', { 'Plan Rows': 100_000, 'Plan Width': 100 });
    // 100 bytes are 104 aligned to 8, and 24 of header: 128 a row.
    expect(only(node('Limit', { 'Plan Rows': 10 }, sort))).toMatchObject({
      how: 'estimated',
      heldBytes: 1280,
    });
    // 100,000 × 128 = 12.8 MB without it: it would spill at 4 MB.
    expect(only(sort).heldBytes).toBe(4 * MB);
  });
});

describe('hash tables', () => {
  it('of a Hash may take hash_mem_multiplier × work_mem', () => {
    expect(only(ran('Hash', 1, 1, peak(100)))).toEqual({
      what: 'hash table',
      how: 'measured',
      heldBytes: 100 * KB,
      allowedBytes: 8 * MB,
      processes: 1,
    });
  });

  it('each process has its own: only the largest is reported', () => {
    expect(only(inThree(ran('Hash', 1, 3, peak(100))))).toMatchObject({
      heldBytes: 300 * KB,
      allowedBytes: 24 * MB,
      processes: 3,
    });
  });

  it('a Parallel Hash is one for all, with the memory of all', () => {
    expect(only(inThree(ran('Hash', 1, 3, { ...peak(100), 'Parallel Aware': true })))).toMatchObject({
      heldBytes: 100 * KB,
      allowedBytes: 24 * MB,
      processes: 1,
    });
  });

  it('a Hash has no groups: the workers’ figures are not added to it', () => {
    const hash = ran('Hash', 1, 3, { ...peak(100), Workers: [workerWith(0, peak(90))] });
    expect(only(inThree(hash)).heldBytes).toBe(300 * KB);
  });

  it('of an Aggregate are told one by one: 24 + 25 + 26', () => {
    const groups = ran('Aggregate', 1, 3, {
      ...hashed,
      ...peak(24),
      Workers: [workerWith(0, peak(25)), workerWith(1, peak(26))],
    });
    expect(only(inThree(groups))).toMatchObject({
      what: 'hash table',
      heldBytes: 75 * KB,
      allowedBytes: 24 * MB,
      processes: 3,
    });
  });

  it('mixed grouping sets hash too; plain and sorted ones hold nothing', () => {
    expect(only(ran('Aggregate', 1, 1, { Strategy: 'Mixed', ...peak(24) })).heldBytes).toBe(24 * KB);
    expect(of(ran('Aggregate', 1, 1, { Strategy: 'Plain' })).holders).toEqual([]);
    expect(of(ran('Aggregate', 1, 1, { Strategy: 'Sorted' })).holders).toEqual([]);
  });

  it('of a HashAggregate not run: rows × (width, header, states)', () => {
    const groups = node('Aggregate', { ...hashed, 'Plan Rows': 1000, 'Plan Width': 17 });
    // 17 → 24; 24 + 24 + 56 = 104.
    expect(only(groups)).toMatchObject({ how: 'estimated', heldBytes: 104_000 });
  });

  it('of a hashed SubPlan, whatever is at its root', () => {
    const sub = (name: string, type: string, fields: Raw = {}) =>
      ran(type, 1, 1, {
        'Subplan Name': name,
        'Parent Relationship': 'SubPlan',
        'Actual Rows': 1000,
        'Plan Width': 8,
        ...fields,
      });
    const filter = (name: string) => ({ Filter: `(NOT (ANY (n = (hashed ${name}).col1)))` });
    // 1000 × (8 + 24)
    const held = { what: 'hash table', how: 'estimated', heldBytes: 32_000, allowedBytes: 8 * MB };
    const scan = sub('SubPlan 1', 'Seq Scan');
    expect(only(ran('Seq Scan', 9, 1, filter('SubPlan 1'), scan))).toMatchObject(held);
    expect(of(ran('Seq Scan', 9, 1, filter('SubPlan 10'), scan)).holders).toEqual([]);
    expect(of(ran('Seq Scan', 9, 1, { Filter: '(n = (SubPlan 1))' }, scan)).holders).toEqual([]);
    // Groups that come sorted are kept in the SubPlan's table all the same: 1000 × (8 + 24 + 56) at most.
    const groups = sub('SubPlan 1', 'Aggregate', { Strategy: 'Sorted' });
    expect(only(ran('Seq Scan', 9, 1, filter('SubPlan 1'), groups))).toMatchObject({ what: 'hash table' });
  });

  it('of a SetOp', () => {
    expect(only(node('SetOp', { ...hashed, 'Plan Rows': 10, 'Plan Width': 8 })).heldBytes).toBe(320);
    expect(of(node('SetOp', { Strategy: 'Sorted', 'Plan Rows': 10 })).holders).toEqual([]);
  });
});

describe('Memoize', () => {
  it('tells of each process', () => {
    const memoize = ran('Memoize', 1, 300, { ...peak(17), Workers: [workerWith(0, peak(18))] });
    expect(only(inThree(memoize))).toMatchObject({
      what: 'cache',
      heldBytes: 35 * KB, // 17 + 18: the other worker had none
      allowedBytes: 24 * MB,
    });
  });

  it('not run keeps a row of each key that is asked for, never more than it may', () => {
    const loop = (outer: number) =>
      node(
        'Nested Loop',
        {},
        node('Seq Scan', { 'Plan Rows': outer }),
        node('Memoize', { 'Plan Rows': 2, 'Plan Width': 8 }),
      );
    // 2 rows × 50 keys × (8 + 24)
    expect(only(loop(50)).heldBytes).toBe(3200);
    expect(only(loop(1e6)).heldBytes).toBe(8 * MB);
  });
});

describe('rows that are kept', () => {
  it('Materialize with the figures of 17 and later', () => {
    const keeps = (fields: Raw) => only(ran('Materialize', 1, 1, fields));
    expect(keeps({ Storage: 'Memory', 'Maximum Storage': 17 })).toEqual({
      what: 'rows',
      how: 'measured',
      heldBytes: 17 * KB,
      allowedBytes: 4 * MB, // no hash table
      processes: 1,
    });
    expect(keeps({ Storage: 'Disk', 'Maximum Storage': 90_000 }).heldBytes).toBe(4 * MB);
  });

  it('and without them: the rows that came', () => {
    const materialize = ran('Materialize', 1, 1, { 'Actual Rows': 500, 'Plan Rows': 9, 'Plan Width': 4 });
    // 4 → 8; 500 × 32
    expect(only(materialize)).toMatchObject({ how: 'estimated', heldBytes: 16_000 });
  });

  const scan = (alias: string, loops = 1) =>
    ran('CTE Scan', 1, loops, {
      'CTE Name': 'x',
      Alias: alias,
      'Actual Rows': 100,
      'Plan Width': 8,
    });

  it('a CTE scanned twice is one table', () => {
    const plan = ran('Hash Join', 9, 1, {}, ran('Result', 5, 1, init('CTE x')), scan('a'), scan('b'));
    const { holders, heldBytes } = of(plan);
    // 100 × 32
    expect([holders.length, heldBytes]).toEqual([1, 3200]);
  });

  it('a CTE whose first scan was never executed is held by the second', () => {
    const plan = ran('Append', 9, 1, {}, ran('Result', 5, 1, init('CTE x')), scan('a', 0), scan('b'));
    const { holders, heldBytes } = of(plan);
    expect(holders.map(one => one.node.alias)).toEqual(['b']);
    expect(heldBytes).toBe(3200);
  });

  it('two CTEs are two', () => {
    const other = { ...scan('b'), 'CTE Name': 'y' };
    expect(of(ran('Hash Join', 9, 1, {}, scan('a'), other)).heldBytes).toBe(6400);
  });
});

describe('bitmaps', () => {
  const bitmap = (fields: Raw) =>
    ran('Bitmap Heap Scan', 1, 1, { 'Exact Heap Blocks': 900, 'Lossy Heap Blocks': 100, ...fields });

  it('take an entry a block: 1000 × 64', () => {
    expect(only(bitmap({}))).toEqual({
      what: 'bitmap',
      how: 'estimated',
      heldBytes: 64_000,
      allowedBytes: 4 * MB,
      processes: 1,
    });
  });

  it('of a parallel scan are one for all: the first process builds it (nodeBitmapIndexscan.c: isshared)', () => {
    expect(only(inThree(bitmap({ 'Parallel Aware': true })))).toMatchObject({
      heldBytes: 64_000,
      allowedBytes: 4 * MB,
      processes: 1,
    });
  });
});

describe('limits', () => {
  const allowed = (settings: Raw, type = 'Sort', fields: Raw = {}) =>
    only(ran(type, 1, 1, fields), { Settings: settings }).allowedBytes;

  it.each([
    ['64kB', 64 * KB],
    ['64MB', 64 * MB],
    ['1GB', GB],
    ['2TB', 2048 * GB],
    ['65536B', 64 * KB],
    ['8192', 8 * MB], // a bare number is in kB
    ['1.5GB', 1.5 * GB],
    [' 64 MB ', 64 * MB],
    ['sixty-four', 4 * MB],
    ['64mb', 4 * MB], // PostgreSQL's units have one spelling
    ['-1', 4 * MB],
    ['', 4 * MB],
  ])('work_mem = %j', (work_mem, bytes) => {
    expect(allowed({ work_mem })).toBe(bytes);
  });

  it('as node-pg gives them: a number is in kB', () => {
    expect(allowed({ work_mem: 8192 })).toBe(8 * MB);
  });

  it.each([
    ['1', 1],
    ['1.5', 1.5],
    ['1000', 1000],
    ['0.5', 2], // PostgreSQL allows none below 1
    ['many', 2],
  ])('hash_mem_multiplier = %j', (hash_mem_multiplier, factor) => {
    expect(allowed({ hash_mem_multiplier }, 'Hash')).toBe(factor * 4 * MB);
    expect(allowed({ hash_mem_multiplier }, 'Memoize')).toBe(factor * 4 * MB);
    expect(allowed({ hash_mem_multiplier }, 'Sort')).toBe(4 * MB);
    expect(allowed({ hash_mem_multiplier, work_mem: '1MB' }, 'Aggregate', hashed)).toBe(factor * MB);
  });

  it('the plan’s own settings count before what the session knows, and that before the defaults', () => {
    const known = { workMemBytes: 16 * MB, hashMemMultiplier: 1 };
    const root = ran('Hash', 1, 1);
    expect(memoryOf(planOf(root), known).allowedBytes).toBe(16 * MB);
    expect(memoryOf(planOf(root, { Settings: { work_mem: '1MB' } }), known).allowedBytes).toBe(MB);
    const settings = { Settings: { hash_mem_multiplier: '3' } };
    expect(memoryOf(planOf(root, settings), known).allowedBytes).toBe(48 * MB);
    expect(memoryOf(planOf(root)).limits).toEqual({
      workMemBytes: 4 * MB,
      workMemKnown: false,
      hashMemMultiplier: 2,
    });
    expect(memoryOf(planOf(root), known).limits.workMemKnown).toBe(true);
  });

  it('are where an estimate ends, in each process', () => {
    const big = { 'Plan Rows': 1e8, 'Plan Width': 500 };
    expect(only(node('Sort', big)).heldBytes).toBe(4 * MB);
    expect(only(node('Hash', big)).heldBytes).toBe(8 * MB);
    const planned = { 'Workers Planned': 4 };
    // Not run: as many as are planned, and the leader. 5 × 8 MB.
    expect(only(node('Gather', planned, node('Aggregate', { ...big, ...hashed })))).toMatchObject({
      heldBytes: 40 * MB,
      allowedBytes: 40 * MB,
      processes: 5,
    });
  });
});

describe('processes', () => {
  it('are those that came, not those that were planned', () => {
    const plan = (launched: number, more: Raw = {}, statement: Raw = {}) =>
      only(
        ran(
          'Gather',
          9,
          1,
          { 'Workers Planned': 4, 'Workers Launched': launched, ...more },
          ran('Hash', 1, 5, peak(10)),
        ),
        statement,
      ).processes;
    expect(plan(4)).toBe(5);
    expect(plan(1)).toBe(2);
    expect(plan(0)).toBe(1);
    expect(plan(1, { 'Single Copy': true })).toBe(1);
    expect(plan(4, {}, { Settings: { parallel_leader_participation: 'off' } })).toBe(4);
  });

  it('of a CTE and an InitPlan are the leader', () => {
    const below = ran(
      'Sort',
      9,
      3,
      sorted(10),
      ran('Sort', 1, 1, { ...sorted(20), ...init('InitPlan 1') }),
      ran('Sort', 1, 1, { ...sorted(30), ...init('CTE x') }),
    );
    expect(of(inThree(below)).holders.map(({ processes }) => processes)).toEqual([3, 1, 1]);
  });
});

describe('the whole', () => {
  it('is the sum over all nodes: nothing is let go before the end', () => {
    const { holders, heldBytes, allowedBytes, measured } = of(
      ran(
        'Sort',
        1,
        1,
        sorted(25),
        ran('Hash Join', 1, 1, {}, ran('Seq Scan', 1, 1), ran('Hash', 1, 1, peak(100))),
      ),
    );
    expect(holders.map(({ node: one }) => one.id)).toEqual([0, 3]);
    // 25 + 100 kB; 4 + 8 MB
    expect([heldBytes, allowedBytes, measured]).toEqual([125 * KB, 12 * MB, true]);
  });

  it('is measured only when all of it was', () => {
    expect(of(ran('Sort', 1, 1, sorted(25), ran('Hash', 1, 1))).measured).toBe(false);
    expect(of(ran('Seq Scan', 1, 1))).toMatchObject({ measured: false, heldBytes: 0, allowedBytes: 0 });
  });

  it('never executed holds nothing', () => {
    const never = ran('Sort', 0, 0, { 'Plan Rows': 1e6 }, ran('Hash', 0, 0, peak(0)));
    expect(of(ran('Append', 1, 1, {}, never))).toMatchObject({ holders: [], heldBytes: 0, allowedBytes: 0 });
  });

  it('leaves out what another server holds', () => {
    const remote = {
      'Distributed Query': {
        Job: { Tasks: [{ 'Remote Plan': [[{ Plan: ran('Sort', 1, 1, sorted(900)) }]] }] },
      },
    };
    const { holders, heldBytes, allowedBytes, measured } = of(
      ran('Sort', 1, 1, sorted(25), ran('Custom Scan', 1, 1, remote)),
    );
    expect(holders).toHaveLength(2);
    expect([heldBytes, allowedBytes, measured]).toEqual([25 * KB, 4 * MB, true]);
  });
});

describe('recorded plans', () => {
  it('hold something between nothing and what they may', () => {
    for (const name of allFixtures()) {
      const { holders, heldBytes, allowedBytes } = memoryOf(fixture(name));
      for (const one of holders) {
        expect(one.heldBytes >= 0 && Number.isFinite(one.heldBytes), name).toBe(true);
        expect(one.allowedBytes > 0 && one.processes >= 1, name).toBe(true);
        if (one.how === 'estimated') expect(one.heldBytes, name).toBeLessThanOrEqual(one.allowedBytes);
      }
      expect(heldBytes >= 0 && Number.isFinite(allowedBytes), name).toBe(true);
    }
  });
});

describe('rows that are kept once and read again and again', () => {
  it('count once: 1,000 loops over 50 rows of a Materialize', () => {
    const kept = ran('Materialize', 1, 1000, { 'Plan Rows': 50, 'Plan Width': 8, 'Actual Rows': 50 });
    const loop = ran('Nested Loop', 9, 1, {}, ran('Seq Scan', 1, 1, { 'Actual Rows': 1000 }), kept);
    // 50 × (8 + 24)
    expect(only(loop)).toMatchObject({ what: 'rows', how: 'estimated', heldBytes: 1600 });
  });

  it('of two CTEs of one name in different sub-queries are two tables', () => {
    const cte = (rows: number): Raw =>
      ran(
        'Limit',
        1,
        1,
        { 'Actual Rows': rows },
        ran('Result', 1, 1, {
          'Parent Relationship': 'InitPlan',
          'Subplan Name': 'CTE x',
          'Actual Rows': rows,
        }),
        ran('CTE Scan', 1, 1, { 'CTE Name': 'x', 'Plan Width': 8, 'Actual Rows': rows }),
      );
    const { holders } = of(ran('Append', 1, 1, {}, cte(10), cte(20)));
    expect(holders.map(({ heldBytes }) => heldBytes)).toEqual([320, 640]);
  });
});

describe('a bitmap of PostgreSQL 18', () => {
  it('has its workers’ blocks in `Workers`', () => {
    const fields = {
      'Exact Heap Blocks': 100,
      Workers: [workerWith(0, { 'Exact Heap Blocks': 80 }), workerWith(1, { 'Exact Heap Blocks': 20 })],
    };
    // 64 × 200
    expect(only(ran('Bitmap Heap Scan', 1, 1, fields)).heldBytes).toBe(12_800);
  });
});

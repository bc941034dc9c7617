import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COUNTER_KEYS, totalBlocks } from '../../src/plan/accounting/counters.ts';
import type { Buffers, NodeActuals, Plan } from '../../src/plan/plan.ts';
import { flattenPlan } from '../../src/plan/tree.ts';
import { actual, find, planOf, type Raw, ran } from './plans.ts';

const table = (name: string) => ({ 'Relation Name': name, Alias: name });
const init = (name: string) => ({ 'Parent Relationship': 'InitPlan', 'Subplan Name': name });
const cteScan = (alias: string, ms: number, fields: Raw = {}) =>
  ran('CTE Scan', ms, 1, { 'CTE Name': 'x', Alias: alias, ...fields });

const ZERO: Buffers = {
  sharedHit: 0,
  sharedRead: 0,
  sharedDirtied: 0,
  sharedWritten: 0,
  localHit: 0,
  localRead: 0,
  localDirtied: 0,
  localWritten: 0,
  tempRead: 0,
  tempWritten: 0,
};

const total = (plan: Plan, of: (one: NodeActuals) => number | undefined): number =>
  flattenPlan(plan).reduce((sum, { actual: one }) => sum + ((one && of(one)) ?? 0), 0);

describe('I/O times', () => {
  it.each([
    ['13 and 14', { 'I/O Read Time': 3.5, 'I/O Write Time': 1.25 }, [3.5, 1.25, 0, 0]],
    [
      '15 and 16: temporary files have their own',
      {
        'I/O Read Time': 3.5,
        'I/O Write Time': 1.25,
        'Temp I/O Read Time': 0.5,
        'Temp I/O Write Time': 0.75,
      },
      [3.5, 1.25, 0.5, 0.75],
    ],
    [
      '17 on: shared and local apart',
      {
        'Shared I/O Read Time': 3.5,
        'Shared I/O Write Time': 1.25,
        'Local I/O Read Time': 2,
        'Local I/O Write Time': 4,
        'Temp I/O Read Time': 0.5,
        'Temp I/O Write Time': 0.75,
      },
      // 3.5 + 2 and 1.25 + 4
      [5.5, 5.25, 0.5, 0.75],
    ],
    ['17, shared only', { 'Shared I/O Read Time': 3.5 }, [3.5, 0, 0, 0]],
  ])('of %s', (_version, keys, [readMs, writeMs, tempReadMs, tempWriteMs]) => {
    const { io, exclusiveIo } = actual(planOf(ran('Seq Scan', 1, 1, keys)).root);
    expect(io).toEqual({ readMs, writeMs, tempReadMs, tempWriteMs });
    expect(exclusiveIo).toEqual(io);
  });

  it('are totals over all loops and processes: not multiplied, not divided, without the children’s', () => {
    const plan = planOf(
      ran(
        'Gather',
        100,
        1,
        { 'Workers Launched': 2, 'I/O Read Time': 240 },
        ran('Sort', 90, 3, { 'I/O Read Time': 230 }, ran('Seq Scan', 80, 3, { 'I/O Read Time': 225 })),
      ),
    );
    expect(actual(find(plan, 'Seq Scan')).io?.readMs).toBe(225);
    expect(actual(find(plan, 'Gather')).exclusiveIo?.readMs).toBe(10);
    expect(actual(find(plan, 'Sort')).exclusiveIo?.readMs).toBe(5);
    expect(actual(find(plan, 'Seq Scan')).exclusiveIo?.readMs).toBe(225);
  });

  it('are undefined where nothing was timed', () => {
    const { io, exclusiveIo } = actual(planOf(ran('Seq Scan', 1, 1, { 'Shared Read Blocks': 3 })).root);
    expect([io, exclusiveIo]).toEqual([undefined, undefined]);
  });

  it('of a CTE are shared without rounding', () => {
    const cte = ran('Result', 30, 1, { ...init('CTE x'), 'I/O Read Time': 1 });
    const plan = planOf(
      ran(
        'Append',
        100,
        1,
        { 'I/O Read Time': 1 },
        cte,
        cteScan('a', 30, { 'I/O Read Time': 0.25 }),
        cteScan('b', 30, { 'I/O Read Time': 0.75 }),
      ),
    );
    // The readers are as heavy together as the CTE: 0.25 of it is a's, 0.75 b's, and neither waited itself.
    expect(total(plan, one => one.exclusiveIo?.readMs)).toBeCloseTo(1, 12);
    expect(actual(find(plan, 'Result')).exclusiveIo?.readMs).toBeCloseTo(1, 12);
    expect(actual(find(plan, 'CTE Scan on x a')).exclusiveIo?.readMs).toBeCloseTo(0, 12);
  });
});

describe('WAL', () => {
  const wal = (records: number, fpi: number, bytes: number) => ({
    'WAL Records': records,
    'WAL FPI': fpi,
    'WAL Bytes': bytes,
  });

  it('is a total: node − Σ children, per field', () => {
    const plan = planOf(
      ran('ModifyTable', 10, 1, wal(100, 7, 9000), ran('Seq Scan', 5, 3, wal(12, 2, 1000))),
    );
    expect(actual(plan.root).wal).toEqual({ records: 100, fullPageImages: 7, bytes: 9000 });
    expect(actual(plan.root).exclusiveWal).toEqual({ records: 88, fullPageImages: 5, bytes: 8000 });
    expect(actual(find(plan, 'Seq Scan')).exclusiveWal).toEqual({
      records: 12,
      fullPageImages: 2,
      bytes: 1000,
    });
  });

  it('of a data-modifying CTE is paid by who reads it', () => {
    const insert = ran('ModifyTable', 20, 1, { ...init('CTE x'), Operation: 'Insert', ...wal(50, 1, 4000) });
    const plan = planOf(ran('Sort', 30, 1, wal(50, 1, 4000), insert, cteScan('a', 25, wal(50, 1, 4000))));
    expect(actual(find(plan, 'ModifyTable')).exclusiveWal?.records).toBe(50);
    expect(actual(find(plan, 'CTE Scan')).exclusiveWal?.records).toBe(0);
    expect(actual(find(plan, 'Sort')).exclusiveWal?.records).toBe(0);
    expect(total(plan, one => one.exclusiveWal?.bytes)).toBe(4000);
  });

  it('without it is undefined; beyond 2^31 bytes it is what it is', () => {
    expect(actual(planOf(ran('Sort', 1, 1)).root).wal).toBeUndefined();
    expect(actual(planOf(ran('Sort', 1, 1, wal(1, 1, 5_000_000_000))).root).exclusiveWal?.bytes).toBe(5e9);
  });
});

describe('blocks', () => {
  it('have ten fields, each from its own key', () => {
    const keys = ['Shared', 'Local'].flatMap(kind =>
      ['Hit', 'Read', 'Dirtied', 'Written'].map(what => `${kind} ${what} Blocks`),
    );
    const all = [...keys, 'Temp Read Blocks', 'Temp Written Blocks'];
    const raw = Object.fromEntries(all.map((key, i) => [key, 2 ** i]));
    const { buffers } = actual(planOf(ran('Sort', 1, 1, raw)).root);
    expect(Object.keys(buffers ?? {})).toEqual(Object.keys(ZERO));
    expect(Object.values(buffers ?? {})).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
    for (const key of all) expect(COUNTER_KEYS.has(key), key).toBe(true);
    // Hit and read, shared (1 + 2), local (16 + 32), temporary (256): what is dirtied or written was hit or read before.
    expect(totalBlocks(buffers ?? ZERO)).toBe(307);
  });

  it('are no details: the figures beside the node say them', () => {
    const plan = planOf(
      ran('Sort', 1, 1, {
        'Shared Hit Blocks': 1,
        'WAL Bytes': 3,
        'Shared I/O Read Time': 1,
        'Sort Key': ['n'],
      }),
    );
    expect(plan.root.details).toEqual([{ key: 'Sort Key', value: 'n' }]);
  });

  it.each([
    // hits of the two readers → what each pays of 7 blocks of a CTE that all came with its first reading
    // fractions 1/2 and 1/2: 3.5 each; own = 4 − 3.5 = 0.5 each, whole: 1 and 0
    [4, 4, 7, 8],
    // 1/3 and 2/3 of 7: own = 3 − 2.33 = 0.67, 6 − 4.67 = 1.33: whole 1 and 1
    [3, 6, 7, 9],
    [1, 10, 7, 11],
    [0, 7, 7, 7],
    [13, 29, 41, 42],
    [1, 1, 1, 2],
  ])('of a CTE read with %i and %i hits are whole, and their sum stays', (a, b, inCte, whole) => {
    const hit = (blocks: number) => ({ 'Shared Hit Blocks': blocks });
    const plan = planOf(
      ran(
        'Append',
        100,
        1,
        hit(whole),
        ran('Sort', 20, 1, { ...init('CTE x'), ...hit(inCte) }, ran('Seq Scan', 10, 1, hit(inCte))),
        cteScan('a', 30, hit(a)),
        cteScan('b', 30, hit(b)),
      ),
    );
    for (const { actual: one } of flattenPlan(plan))
      expect(Number.isInteger(one?.exclusiveBuffers?.sharedHit)).toBe(true);
    expect(total(plan, one => one.exclusiveBuffers?.sharedHit)).toBe(whole);
    expect(actual(find(plan, 'Append')).exclusiveBuffers?.sharedHit).toBe(0);
    expect(actual(find(plan, 'Sort')).exclusiveBuffers?.sharedHit).toBe(0);
  });

  it('of a CTE read twice, the hand-computed shares', () => {
    const hit = (blocks: number) => ({ 'Shared Hit Blocks': blocks });
    const plan = planOf(
      ran(
        'Append',
        100,
        1,
        hit(100),
        ran('Result', 20, 1, { ...init('CTE x'), ...hit(60) }),
        cteScan('a', 30, hit(75)),
        cteScan('b', 30, hit(25)),
      ),
    );
    // 75 : 25 of 60 blocks are 45 and 15; own: 75 − 45 = 30, 25 − 15 = 10; 60 + 30 + 10 = 100.
    expect(actual(find(plan, 'Result')).exclusiveBuffers?.sharedHit).toBe(60);
    expect(actual(find(plan, 'CTE Scan on x a')).exclusiveBuffers?.sharedHit).toBe(30);
    expect(actual(find(plan, 'CTE Scan on x b')).exclusiveBuffers?.sharedHit).toBe(10);
  });

  it('each kind is shared by itself', () => {
    const plan = planOf(
      ran(
        'Append',
        100,
        1,
        { 'Shared Hit Blocks': 10, 'Temp Read Blocks': 8 },
        ran('Result', 20, 1, { ...init('CTE x'), 'Shared Hit Blocks': 10, 'Temp Read Blocks': 0 }),
        // The first reader filled the CTE, the second read what was spilled.
        cteScan('a', 30, { 'Shared Hit Blocks': 10, 'Temp Read Blocks': 0 }),
        cteScan('b', 30, { 'Shared Hit Blocks': 0, 'Temp Read Blocks': 8 }),
      ),
    );
    expect(actual(find(plan, 'CTE Scan on x a')).exclusiveBuffers).toEqual(ZERO);
    expect(actual(find(plan, 'CTE Scan on x b')).exclusiveBuffers).toEqual({ ...ZERO, tempRead: 8 });
    expect(actual(find(plan, 'Result')).exclusiveBuffers).toEqual({ ...ZERO, sharedHit: 10 });
  });

  it('of any CTE read by any number of scans stay whole, and their sum the whole', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(1000), { minLength: 1, maxLength: 6 }),
        fc.nat(5000),
        fc.nat(500),
        (readers, inCte, more) => {
          const hit = (blocks: number) => ({ 'Shared Hit Blocks': blocks });
          const whole = readers.reduce((sum, n) => sum + n, more);
          const plan = planOf(
            ran(
              'Append',
              100,
              1,
              hit(whole),
              ran('Sort', 20, 1, { ...init('CTE x'), ...hit(inCte) }, ran('Seq Scan', 1, 1, hit(inCte >> 1))),
              ...readers.map((n, i) => cteScan(`r${i}`, 10, hit(n))),
            ),
          );
          const parts = flattenPlan(plan).map(node => actual(node).exclusiveBuffers?.sharedHit ?? -1);
          for (const part of parts) expect(Number.isInteger(part) && part >= 0).toBe(true);
          expect(parts.reduce((sum, n) => sum + n, 0)).toBe(whole);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('of a node without any are nothing', () => {
    // A wrapper that says nothing of blocks (a node type to come) between two that do.
    const plan = planOf(
      ran(
        'Sort',
        10,
        1,
        { 'Shared Hit Blocks': 9 },
        ran('Wrapper', 8, 1, {}, ran('Seq Scan', 5, 1, { ...table('t'), 'Shared Hit Blocks': 7 })),
      ),
    );
    expect(actual(find(plan, 'Wrapper')).exclusiveBuffers).toBeUndefined();
    expect(actual(find(plan, 'Seq Scan')).buffers?.sharedHit).toBe(7);
    expect(total(plan, one => one.exclusiveBuffers?.sharedHit)).toBe(9);
  });
});

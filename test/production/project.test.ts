import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Projected } from '../../src/advisor/projected.ts';
import { project, type Target } from '../../src/production/project.ts';
import { checkFit } from '../../src/production/rehearsePlan.ts';
import { MB, planAt, rehearsalAt, type Shape, sizeAt } from './shop.ts';

const PRODUCTION = 50_000_000;
const there = (shape: Shape = {}, more: Partial<Target> = {}): Target => ({
  size: sizeAt(PRODUCTION),
  plan: planAt(PRODUCTION, shape),
  workMemBytes: 500 * MB,
  processors: 4,
  cacheBytes: undefined,
  ...more,
});

function projected(
  shape: Shape,
  sizes: readonly number[] = [100_000, 500_000],
  more: Partial<Target> = {},
): Projected {
  const time = project(
    sizes.map(rows => rehearsalAt(rows, shape)),
    there(shape, more),
  );
  if (time.kind === 'unknown') throw new Error(time.why);
  return time;
}

const linear: Shape = {
  // 1 µs a row that is read, 0.1 µs a comparison.
  ms: rows => [rows / 1000, ((rows / 10) * Math.log2(rows / 10)) / 10_000],
  workMemBytes: 5 * MB,
};

describe('a projection', () => {
  it('adds up its nodes, each by its own rows', () => {
    const { ms, nodes } = projected(linear);
    const scan = 50_000;
    const sort = (5_000_000 * Math.log2(5_000_000)) / 10_000;
    expect(nodes.map(({ label }) => label)).toEqual(['Sort', 'Seq Scan on orders']);
    expect(nodes[1]?.selfMs.point).toBeCloseTo(scan, -2);
    expect(nodes[0]?.selfMs.point).toBeCloseTo(sort, -3);
    expect(ms.point).toBeCloseTo(scan + sort + 0.5, -3);
    expect(ms.low).toBeLessThan(scan + sort);
    expect(ms.high).toBeGreaterThan(scan + sort);
  });

  it('is unknown from one size, and from the same size twice', () => {
    const one = rehearsalAt(100_000, linear);
    expect(project([one], there())).toEqual({ kind: 'unknown', why: 'measured at one size only (×0.1)' });
    expect(project([one, one], there()).kind).toBe('unknown');
    // A sample that was drawn by another table: what differs is noise.
    expect(project([one, rehearsalAt(105_000, linear)], there())).toEqual({
      kind: 'unknown',
      why: 'the tables it reads have nearly as many rows at every size',
    });
    expect(project([], there()).kind).toBe('unknown');
  });

  it('goes by rows that came, not by those that were expected', () => {
    const { nodes } = projected({ ...linear, expected: 0.01 });
    expect(nodes[1]?.rows.point).toBeCloseTo(5_000_000, -4);
  });

  it('says where work_mem could not be made as small as the data', () => {
    // 64 kB are 20 MB ÷ 312: at ×0.1 it would have to be 41 kB, at ×0.5 205 kB.
    const { remarks } = projected(linear, undefined, { workMemBytes: 20 * MB });
    expect(remarks).toContain(
      'work_mem cannot be as small as the data at ×0.1 (64 kB is the least): what fits in memory here may be written to disk there',
    );
    expect(projected(linear).remarks.join()).not.toContain('work_mem');
  });

  it('says its method with the sizes and the factor', () => {
    const { method } = projected(linear);
    expect(method).toContain('×0.1, ×0.5');
    expect(method).toContain('100× those of ×0.5');
  });

  it('says what reading from a disk would add, where the server does not keep it', () => {
    const warm = projected(linear, undefined, { cacheBytes: 8e9 });
    const cold = projected(linear, undefined, { cacheBytes: 2e9 });
    expect(cold.ms).toEqual(warm.ms);
    expect(warm.remarks).toEqual([]);
    // 50 M rows of 100 bytes at 200 MB/s.
    expect(cold.remarks.join()).toMatch(/shared_buffers.*all of it from a disk takes 25\.\d s longer/);
  });

  it('says that compilation is missing where production compiles the plan', () => {
    expect(projected(linear, undefined, { jitAboveCost: 1e9 }).remarks).toEqual([]);
    expect(projected(linear, undefined, { jitAboveCost: 100_000 }).remarks).toEqual([
      'JIT compilation is not in it: production compiles a plan that costs more than 100 k (jit_above_cost)',
    ]);
  });

  it('has ends at most five times apart, and is unknown where the sizes leave it open', () => {
    const { low, high } = projected(linear).ms;
    expect(high / low).toBeLessThan(5);
    const wild: Shape = { ms: rows => [rows > 200_000 ? 1 : 100, rows > 200_000 ? 500 : 0.01] };
    const open = project(
      [100_000, 500_000].map(rows => rehearsalAt(rows, { ...wild, spills: rows => rows > 200_000 })),
      there(wild),
    );
    expect(open).toMatchObject({
      kind: 'unknown',
      why: expect.stringMatching(/^the sizes do not determine it: from /),
    });
  });

  it('contains what grows in any of the ways that it knows', () => {
    const rate = fc.double({ min: 1e-4, max: 1e-2, noNaN: true });
    const start = fc.double({ min: 0, max: 50, noNaN: true });
    const power = fc.double({ min: 1, max: 1.15, noNaN: true });
    fc.assert(
      fc.property(rate, rate, start, power, (scan, sort, fixed, slower) => {
        const ms = (rows: number) => [fixed + scan * rows, sort * rows ** slower] as const;
        const shape: Shape = { ms, workMemBytes: 5 * MB };
        const { low, high } = projected(shape).ms;
        const truth = ms(PRODUCTION)[0] + ms(PRODUCTION)[1] + 0.5;
        expect(low).toBeLessThanOrEqual(truth);
        expect(high).toBeGreaterThanOrEqual(truth);
      }),
      { numRuns: 60 },
    );
  });
});

describe('memory that a processor’s cache hides here', () => {
  const at = (sizes: readonly number[]) => projected(linear, sizes).nodes[0]?.selfMs ?? expect.fail();

  it('makes a sort slower at the upper end where it fits here, and not there', () => {
    // 3.2 MB at 500,000 rows, 19 MB at 3 M; 320 MB there.
    const [hidden, seen] = [at([100_000, 500_000]), at([600_000, 3_000_000])];
    expect(hidden.high / hidden.point).toBeGreaterThan(3);
    expect(seen.high / seen.point).toBeLessThan(3);
    expect(hidden.point).toBeCloseTo(seen.point, -3);
  });
});

describe('the memory of a projection', () => {
  it('grows with the rows, against the limit there', () => {
    const { memory } = projected(linear);
    // 64 bytes for each of 5 M rows.
    expect(memory.bytes.point).toBeCloseTo(320e6, -7);
    expect(memory.spills).toBe('no');
  });

  it('spills where it spilled at every size, whose limits were as much smaller', () => {
    const { memory } = projected({ ...linear, spills: () => true });
    expect(memory.spills).toBe('yes');
    expect(memory.bytes.point).toBe(500 * MB);
  });

  it('is unclear where it spilled at one size only, and the time is wide', () => {
    const clear = projected(linear);
    const unclear = projected({ ...linear, spills: rows => rows > 200_000 });
    expect(unclear.memory.spills).toBe('unclear');
    expect(unclear.remarks).toContain('it is unclear whether it fits in memory there');
    expect(unclear.ms.high - unclear.ms.low).toBeGreaterThan(clear.ms.high - clear.ms.low);
  });

  it('is unclear near the limit', () => {
    expect(projected(linear, undefined, { workMemBytes: 330 * 1e6 }).memory.spills).toBe('unclear');
  });
});

describe('the check of a fit', () => {
  const memory = () => 5 * MB;

  it('foretells the largest size from the others', () => {
    const check = checkFit(
      [100_000, 500_000, 2_000_000].map(rows => rehearsalAt(rows, linear)),
      memory,
    );
    expect(check?.label).toBe('×2');
    expect(check?.inside).toBe(true);
  });

  it('says when the largest size is another thing', () => {
    const jump: Shape = { ms: rows => [rows / 1000, rows > 1e6 ? rows / 10 : rows / 1000] };
    const check = checkFit(
      [100_000, 500_000, 2_000_000].map(rows => rehearsalAt(rows, jump)),
      memory,
    );
    expect(check?.inside).toBe(false);
  });

  it('foretells nothing from one', () => {
    const check = checkFit(
      [100_000, 500_000].map(rows => rehearsalAt(rows, linear)),
      memory,
    );
    expect(check?.predicted.kind).toBe('unknown');
    expect(check?.inside).toBeUndefined();
  });
});

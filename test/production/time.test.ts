import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactly } from '../../src/production/interval.ts';
import { timeAtProduction } from '../../src/production/time.ts';

/** A cost model: ms for so much work. */
type Model = (work: number) => number;

const at = (model: Model, works: readonly number[], noise: readonly number[] = []) =>
  works.map((work, position) => ({
    work,
    ms: [1, 1.01, 0.99].map(factor => model(work) * factor * (noise[position] ?? 1)),
  }));

const rates = fc.double({ min: 1e-5, max: 1e-1, noNaN: true });
const fixed = fc.double({ min: 0, max: 100, noNaN: true });
const noises = fc.array(fc.double({ min: 0.97, max: 1.03, noNaN: true }), { minLength: 3, maxLength: 3 });
const SIZES = [10_000, 50_000, 250_000];
const THERE = 5_000_000;

function holds(model: Model, noise: readonly number[]): void {
  const { low, point, high } = timeAtProduction(at(model, SIZES, noise), exactly(THERE));
  const truth = model(THERE);
  expect(low).toBeLessThanOrEqual(truth);
  expect(high).toBeGreaterThanOrEqual(truth);
  expect(low).toBeLessThanOrEqual(point);
  expect(point).toBeLessThanOrEqual(high);
}

describe('the time of a node that has more to do', () => {
  it('is as much a row, where that is what the sizes show', () => {
    const { point } = timeAtProduction(
      at(work => work / 1000, [1000, 5000]),
      exactly(100_000),
    );
    expect(point).toBeCloseTo(100);
  });

  it('has its fixed part once', () => {
    const { low, point, high } = timeAtProduction(
      at(work => 40 + work / 100, [1000, 5000]),
      exactly(100_000),
    );
    expect(point).toBeCloseTo(1040);
    // As if the 40 ms came again with every 5000 rows.
    expect(high).toBeGreaterThan(1800);
    expect(low).toBeGreaterThan(300);
  });

  it('contains a linear cost', () => {
    fc.assert(
      fc.property(rates, fixed, noises, (rate, start, noise) => holds(work => start + rate * work, noise)),
    );
  });

  it('contains a cost of n log n, though its work is counted in rows', () => {
    fc.assert(
      fc.property(rates, noises, (rate, noise) => holds(work => rate * work * Math.log2(work), noise)),
    );
  });

  it('contains rows that get dearer with the size, as memory gets slower', () => {
    fc.assert(fc.property(rates, noises, (rate, noise) => holds(work => rate * work ** 1.15, noise)));
  });

  it('contains a cost that spills as soon there as here, in proportion', () => {
    // Limits are made smaller with the data: both passes are seen at each size.
    fc.assert(
      fc.property(rates, noises, (rate, noise) => holds(work => rate * work + 2 * rate * work, noise)),
    );
  });

  it('is wider the farther it is', () => {
    const width = (work: number) => {
      const { low, high } = timeAtProduction(
        at(one => 5 + one / 1000, SIZES),
        exactly(work),
      );
      return high / low;
    };
    expect(width(500_000)).toBeLessThan(width(5_000_000));
    expect(width(5_000_000)).toBeLessThan(width(50_000_000));
  });
});

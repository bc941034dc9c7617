import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factorOf, permutationTest } from '../../src/advisor/verdict.ts';

/** By dealing out the runs in every way there is. */
function naive(a: readonly number[], b: readonly number[]): number {
  const all = [...a, ...b];
  const rank = (value: number) =>
    all.filter(other => other < value).length + (all.filter(other => other === value).length + 1) / 2;
  const ranks = all.map(rank);
  const mean = (ranks.reduce((sum, value) => sum + value, 0) * a.length) / all.length;
  const distance = (chosen: readonly number[]) =>
    Math.abs(chosen.reduce((sum, index) => sum + (ranks[index] ?? 0), 0) - mean);
  const observed = distance(a.map((_, index) => index));
  let extreme = 0;
  let ways = 0;
  const deal = (from: number, chosen: number[]) => {
    if (chosen.length === a.length) {
      ways++;
      if (distance(chosen) >= observed - 1e-9) extreme++;
      return;
    }
    for (let index = from; index < all.length; index++) deal(index + 1, [...chosen, index]);
  };
  deal(0, []);
  return extreme / ways;
}

describe('the permutation test', () => {
  it('is 2 in 70 for four runs that are all below four others, and 2 in 252 for five', () => {
    expect(permutationTest([1, 2, 3, 4], [5, 6, 7, 8])).toBeCloseTo(2 / 70, 12);
    expect(permutationTest([9, 8, 7, 6, 10], [1, 2, 3, 4, 5])).toBeCloseTo(2 / 252, 12);
  });

  it('finds nothing where all are alike, or one side is missing', () => {
    expect(permutationTest([3, 3, 3], [3, 3, 3])).toBe(1);
    expect(permutationTest([], [1, 2])).toBe(1);
  });

  it('is what dealing out the runs in every way gives, ties too', () => {
    const runs = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(runs, runs, (a, b) => {
        expect(permutationTest(a, b)).toBeCloseTo(naive(a, b), 9);
      }),
    );
  });

  it('does not care who is called first, nor about a single run that the machine was busy in', () => {
    const [a, b] = [
      [10, 11, 12, 13, 500],
      [20, 21, 22, 23, 24],
    ];
    expect(permutationTest(a, b)).toBe(permutationTest(b, a));
    expect(permutationTest(a, b)).toBe(permutationTest([10, 11, 12, 13, 25], b));
  });
});

describe('the factor', () => {
  it('is the median of all pairs, and its interval leaves out what the test refuses', () => {
    const { factor, low, high } = factorOf([20, 22, 24, 26], [10, 11, 12, 13], 0.03);
    expect(factor).toBeCloseTo(2, 1);
    // Of 16 pairs the outermost one at each end.
    const pairs = [20, 22, 24, 26].flatMap(a => [10, 11, 12, 13].map(b => a / b)).sort((a, b) => a - b);
    expect([low, high]).toEqual([pairs[0], pairs[15]]);
  });

  it('rules nothing out with too few runs', () => {
    expect(factorOf([20, 22], [10, 11], 0.03)).toMatchObject({ low: 0, high: Number.POSITIVE_INFINITY });
  });

  it('turns round with its sides', () => {
    const runs = fc.array(fc.double({ min: 1, max: 100, noNaN: true }), { minLength: 4, maxLength: 8 });
    fc.assert(
      fc.property(runs, runs, (a, b) => {
        const [one, other] = [factorOf(a, b, 0.05), factorOf(b, a, 0.05)];
        expect(one.factor).toBeCloseTo(1 / other.factor, 6);
        expect(one.low).toBeCloseTo(1 / other.high, 6);
      }),
    );
  });
});

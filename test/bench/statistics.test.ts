import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pairedRatios, quantile, summarize } from '../../bench/statistics.ts';

const figures = fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { minLength: 1 });

describe('summarize', () => {
  it('takes the middle of an odd number of rounds, and between the two middle ones of an even number', () => {
    expect(summarize([9, 1, 5]).median).toBe(5);
    expect(summarize([4, 1, 3, 2]).median).toBe(2.5);
  });

  it('gives the quartiles, between neighbors in proportion', () => {
    expect(summarize([5, 1, 4, 2, 3])).toEqual({ median: 3, lower: 2, upper: 4 });
    expect(summarize([1, 2, 3, 4])).toEqual({ median: 2.5, lower: 1.75, upper: 3.25 });
  });

  it('is not moved by one wild round', () => {
    expect(summarize([10, 11, 12, 13, 14]).median).toBe(summarize([10, 11, 12, 13, 9000]).median);
  });

  it('sorts by size, not by spelling', () => {
    expect(summarize([100, 9, 20]).median).toBe(20);
  });

  it('keeps its three figures in order and within the values, in whatever order those came', () => {
    fc.assert(
      fc.property(figures, values => {
        const { lower, median, upper } = summarize(values);
        expect(summarize([...values].reverse())).toEqual({ lower, median, upper });
        const ordered = [Math.min(...values), lower, median, upper, Math.max(...values)];
        for (const [position, value] of ordered.entries()) {
          // Interpolation may be off by a rounding in the last digit.
          expect(value).toBeGreaterThanOrEqual((ordered[position - 1] ?? 0) * (1 - 1e-12));
        }
      }),
    );
  });

  it('refuses to summarize nothing', () => {
    expect(() => summarize([])).toThrow(RangeError);
  });
});

describe('quantile', () => {
  it('ends at the smallest and the largest', () => {
    expect(quantile([3, 1, 2], 0)).toBe(1);
    expect(quantile([3, 1, 2], 1)).toBe(3);
  });
});

describe('pairedRatios', () => {
  it('divides round by round', () => {
    expect(pairedRatios([2, 9, 4], [1, 3, 8])).toEqual([2, 3, 0.5]);
  });

  it('does not see what slows down both sides of a round', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.5, max: 100, noNaN: true }), { minLength: 1 }), slowdowns => {
        const ratios = pairedRatios(
          slowdowns.map(slowdown => 3 * slowdown),
          slowdowns.map(slowdown => 2 * slowdown),
        );
        for (const ratio of ratios) expect(ratio).toBeCloseTo(1.5, 9);
      }),
    );
  });

  it.each([
    { ours: [1, 2], against: [1] },
    { ours: [1], against: [1, 2] },
    { ours: [], against: [] },
    { ours: [1], against: [0] },
    { ours: [0], against: [1] },
    { ours: [Number.NaN], against: [1] },
  ])('refuses $ours against $against', ({ ours, against }) => {
    expect(() => pairedRatios(ours, against)).toThrow(RangeError);
  });
});

import { describe, expect, it } from 'vitest';
import { type RowsHere, rowsAhead } from '../../src/rehearsal/rowsAhead.ts';

const seen = (...rows: readonly [estimated: number, actual: number, size: number][]): readonly RowsHere[] =>
  rows.map(([estimated, actual, size]) => ({ estimated, actual, counted: actual, size }));

describe('rows at production size', () => {
  it('are those that the planner expects, off by as much as here', () => {
    const { low, point, high } = rowsAhead(seen([1000, 2000, 1e4], [5000, 10_000, 5e4]), {
      estimated: 500_000,
      size: 5e6,
    });
    expect(point).toBeCloseTo(1_000_000);
    // Two standard errors of 10,000 rows: e^0.02.
    expect(high / point).toBeCloseTo(Math.exp(0.02));
    expect(point / low).toBeCloseTo(Math.exp(0.02));
  });

  it('stay as many where groups do not get more, though the planner thinks so', () => {
    const { point } = rowsAhead(seen([60_000, 650, 3e5], [300_000, 650, 15e5]), {
      estimated: 30_000_000,
      size: 150e6,
    });
    expect(point).toBeCloseTo(650);
  });

  it('grow by themselves where the planner expects the same everywhere', () => {
    const { point } = rowsAhead(seen([10, 100, 1000], [10, 200, 2000]), { estimated: 10, size: 20_000 });
    expect(point).toBeCloseTo(2000);
  });

  it('are exactly those of a small table that stays as it is', () => {
    expect(rowsAhead(seen([50, 50, 1000], [50, 50, 5000]), { estimated: 50, size: 1e6 })).toEqual({
      low: 50,
      point: 50,
      high: 50,
    });
  });

  it('are none where there never were any', () => {
    expect(rowsAhead(seen([1, 0, 1000], [1, 0, 5000]), { estimated: 100, size: 1e6 }).high).toBe(0);
  });

  it('are doubtful where the error moves a little: both ways of going on are inside', () => {
    // Errors 1 and 2 at estimates 1000 and 10,000: a power of 0.3.
    const { low, high } = rowsAhead(seen([1000, 1000, 1e4], [10_000, 20_000, 1e5]), {
      estimated: 1_000_000,
      size: 1e7,
    });
    expect(low).toBeLessThan(2_000_000);
    expect(high).toBeGreaterThan(2_000_000 * 10 ** 0.6);
  });
});

import { describe, expect, it } from 'vitest';
import { type RowsAtSize, rowsAtProduction } from '../../src/production/rows.ts';

const seen = (...rows: readonly [estimated: number, actual: number, size: number][]): readonly RowsAtSize[] =>
  rows.map(([estimated, actual, size]) => ({ estimated, actual, counted: actual, size }));

describe('rows at production size', () => {
  it('are those that the planner expects, off by as much as here', () => {
    const { low, point, high } = rowsAtProduction(seen([1000, 2000, 1e4], [5000, 10_000, 5e4]), {
      estimated: 500_000,
      size: 5e6,
    });
    expect(point).toBeCloseTo(1_000_000);
    // Two deviations: of 10,000 rows a hundredth, of estimates a twentieth.
    expect(high / point).toBeCloseTo(Math.exp(2 * Math.hypot(0.01, 0.05)));
    expect(point / low).toBeCloseTo(high / point);
  });

  it('stay as many where groups do not get more, though the planner thinks so', () => {
    const { point } = rowsAtProduction(seen([60_000, 650, 3e5], [300_000, 650, 15e5]), {
      estimated: 30_000_000,
      size: 150e6,
    });
    expect(point).toBeCloseTo(650);
  });

  it('grow by themselves where the planner expects the same everywhere', () => {
    const { point } = rowsAtProduction(seen([10, 100, 1000], [10, 200, 2000]), {
      estimated: 10,
      size: 20_000,
    });
    expect(point).toBeCloseTo(2000);
  });

  it('are exactly those of a small table that stays as it is', () => {
    expect(rowsAtProduction(seen([50, 50, 1000], [50, 50, 5000]), { estimated: 50, size: 1e6 })).toEqual({
      low: 50,
      point: 50,
      high: 50,
    });
  });

  it('are none where there never were any', () => {
    expect(rowsAtProduction(seen([1, 0, 1000], [1, 0, 5000]), { estimated: 100, size: 1e6 }).high).toBe(0);
  });

  it('grow in step where they did, though in production the planner counts too few values', () => {
    const { low, high } = rowsAtProduction(seen([530, 523, 60_000], [2600, 2620, 300_000]), {
      estimated: 15_000,
      size: 6_000_000,
    });
    expect(low).toBeLessThan(52_400);
    expect(high).toBeGreaterThan(52_400);
    expect(high / low).toBeLessThan(1.5);
  });

  it('are those of the planner, right at both sizes, where the rows themselves show no clear growth', () => {
    // Few rows are chance: five times the data gave 13 times as many.
    const { low, high } = rowsAtProduction(
      [
        { estimated: 82, actual: 52, counted: 13, size: 60_000 },
        { estimated: 653, actual: 666, counted: 67, size: 300_000 },
      ],
      { estimated: 13_092, size: 6_000_000 },
    );
    expect(low).toBeLessThan(12_633);
    expect(high).toBeGreaterThan(12_633);
  });

  it('of groups do not grow by chance', () => {
    const groups = seen([25, 3, 60_000], [25, 4, 300_000]).map(one => ({ ...one, areGroups: true }));
    expect(rowsAtProduction(groups, { estimated: 25, size: 6_000_000 }).point).toBeCloseTo(4);
  });

  it('of a handful go on by themselves where the planner expects one everywhere', () => {
    const { low, high } = rowsAtProduction(seen([1, 32, 60_000], [1, 202, 300_000]), {
      estimated: 1,
      size: 6_000_000,
    });
    expect(low).toBeLessThan(3999);
    expect(high).toBeGreaterThan(3999);
  });
});

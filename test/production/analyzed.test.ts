import { describe, expect, it } from 'vitest';
import {
  analyzedDistinct,
  commonFrequencies,
  drawsFor,
  type Seen,
  seenIn,
} from '../../src/production/analyzed.ts';
import { column, table } from '../lens/documents.ts';

/** What is seen of `values` equally frequent values in `rows` rows, on average. */
const uniform = (values: number, rows: number): Seen => {
  const none = (1 - 1 / values) ** rows;
  const once = rows * (1 - 1 / values) ** (rows - 1);
  return { rows, distinct: values * (1 - none), once, times: new Map() };
};

describe('what ANALYZE would write in production', () => {
  it('is the number of values, where all are equally frequent', () => {
    // 1,000 values here, 100 times as many there: 300 rows of the sample are what 30,000 are of production.
    expect(analyzedDistinct(uniform(1000, 300), 100, 150_000_000) / 100_000).toBeCloseTo(1, 1);
  });

  it('is less where a few values are most of the rows', () => {
    const [few, many] = [uniform(100, 240), uniform(900, 60)];
    const seen = { ...few, rows: 300, distinct: few.distinct + many.distinct, once: few.once + many.once };
    expect(analyzedDistinct(seen, 100, 150_000_000)).toBeLessThan(60_000);
  });

  it('takes for unique what no sample had twice', () => {
    const seen = { rows: 300, distinct: 300, once: 300, times: new Map([[1, 300]]) };
    expect(analyzedDistinct(seen, 100, 5_000_000)).toBe(5_000_000);
  });

  it('draws as large a part of the sample as ANALYZE sees of production, the same each time', () => {
    const items = table('order_items', { pages: 15_000, columns: [column('product', 'integer')] });
    const draws = drawsFor([{ table: items, column: 'product', factor: 100 }]);
    expect(draws.length).toBe(24);
    expect(draws[0]?.sql).toContain('TABLESAMPLE SYSTEM (2) REPEATABLE (0)');
    expect(draws[0]?.sql).toContain('LIMIT 300');
    expect(new Set(draws.map(({ sql }) => sql)).size).toBe(24);
    const answers = [
      [
        {
          c0: [
            [1, 230],
            [2, 25],
            [4, 5],
          ],
        },
      ],
      [
        {
          c0: [
            ['1', '210'],
            ['2', '35'],
            ['5', '4'],
          ],
        },
      ],
    ];
    const seen = seenIn(draws.slice(0, 2), answers).get('public.order_items.product');
    expect(seen).toMatchObject({ rows: 300, distinct: 254.5, once: 220 });
    expect([...(seen?.times ?? [])]).toEqual([
      [1, 220],
      [2, 30],
      [4, 2.5],
      [5, 2],
    ]);
  });

  it('keeps as the most common values those that it saw clearly more often than the others', () => {
    const rows = 6_000_000;
    // One value of the sample is a tenth of its rows; the others come once to three times, by chance.
    const times = new Map([
      [30, 0.01],
      [3, 2],
      [2, 20],
      [1, 224],
    ]);
    const seen: Seen = { rows: 300, distinct: 246, once: 224, times };
    const common = commonFrequencies(seen, 100, { distinct: 100_000, rows, nullFraction: 0 });
    expect(common).toEqual([0.001]);
    // Of evenly spread values none is more common.
    const even = new Map([...times].filter(([count]) => count < 30));
    expect(
      commonFrequencies({ ...seen, times: even }, 100, { distinct: 100_000, rows, nullFraction: 0 }),
    ).toEqual([]);
  });
});

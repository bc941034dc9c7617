import { describe, expect, it } from 'vitest';
import { analyzedDistinct, drawsFor, seenIn } from '../../src/lens/analyzed.ts';
import { column, table } from './documents.ts';

/** What is seen of `values` equally frequent values in `rows` rows, on average. */
const uniform = (values: number, rows: number) => {
  const none = (1 - 1 / values) ** rows;
  const once = rows * (1 - 1 / values) ** (rows - 1);
  return { rows, distinct: values * (1 - none), once };
};

describe('what ANALYZE would write in production', () => {
  it('is the number of values, where all are equally frequent', () => {
    // 1,000 values here, 100 times as many there: 300 rows of the sample are what 30,000 are of production.
    expect(analyzedDistinct(uniform(1000, 300), 100, 150_000_000) / 100_000).toBeCloseTo(1, 1);
  });

  it('is less where a few values are most of the rows', () => {
    const [few, many] = [uniform(100, 240), uniform(900, 60)];
    const seen = { rows: 300, distinct: few.distinct + many.distinct, once: few.once + many.once };
    expect(analyzedDistinct(seen, 100, 150_000_000)).toBeLessThan(60_000);
  });

  it('takes for unique what nobody saw twice', () => {
    expect(analyzedDistinct({ rows: 300, distinct: 300, once: 300 }, 100, 5_000_000)).toBe(5_000_000);
  });

  it('draws as large a part of the sample as ANALYZE sees of production, the same each time', () => {
    const items = table('order_items', { pages: 15_000, columns: [column('product', 'integer')] });
    const draws = drawsFor([{ table: items, column: 'product', factor: 100 }]);
    expect(draws.length).toBe(24);
    expect(draws[0]?.sql).toContain('TABLESAMPLE SYSTEM (2) REPEATABLE (0)');
    expect(draws[0]?.sql).toContain('LIMIT 300');
    expect(new Set(draws.map(({ sql }) => sql)).size).toBe(24);
    const seen = seenIn(draws.slice(0, 2), [[{ c0: [300, 260, 230] }], [{ c0: ['300', '250', '210'] }]]);
    expect([...seen]).toEqual([['public.order_items.product', { rows: 300, distinct: 255, once: 220 }]]);
  });
});

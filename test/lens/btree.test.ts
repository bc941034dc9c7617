import { describe, expect, it } from 'vitest';
import { btreeHeight, btreePagesFor } from '../../src/lens/btree.ts';

/** Expected sizes: built for real on PostgreSQL 15, pg_relation_size / 8192; heights by bt_metap(). */
describe('the shape of a B-tree', () => {
  it('is as high as PostgreSQL builds it', () => {
    // bigint keys: 2,745 pages of 1 M rows are two levels above the leaves; 276 pages of 100,000 are one.
    const bigint = (rows: number) => ({ rows, isUnique: true, columns: [{ bytes: 8, distinct: rows }] });
    expect(btreeHeight(2745, bigint(1_000_000))).toBe(2);
    expect(btreeHeight(276, bigint(100_000))).toBe(1);
    expect(btreeHeight(2, bigint(300))).toBe(0);
    expect(btreeHeight(1, bigint(0))).toBe(0);
  });

  it('goes by no more columns than tell leaves apart, and lets a root that grew be full', () => {
    const text = (distinct: number) => ({ bytes: 21, distinct });
    // (int, text) of 23,720 rows: built, and grown by inserts, whose root has 168 entries.
    const both = (first: number) => ({
      rows: 23_720,
      isUnique: true,
      columns: [{ bytes: 4, distinct: first }, text(20_380)],
    });
    expect(btreeHeight(137, both(32))).toBe(2);
    expect(btreeHeight(170, both(32))).toBe(1);
    expect(btreeHeight(137, both(23_720))).toBe(1);
  });

  it('has the pages of a unique index on a bigint', () => {
    expect(btreePagesFor({ rows: 1_000_000, keys: 1_000_000, bytes: 8, deduplicates: false })).toBe(2745);
  });
});

import { describe, expect, it } from 'vitest';
import { btreeHeight, btreePagesFor } from '../../src/lens/btree.ts';

/** Expected sizes: built for real on PostgreSQL 15, pg_relation_size / 8192; heights by bt_metap(). */
describe('the shape of a B-tree', () => {
  it('is as high as PostgreSQL builds it', () => {
    // bigint keys: 2,745 pages of 1 M rows are two levels above the leaves; 276 pages of 100,000 are one.
    expect(btreeHeight(2745, 8)).toBe(2);
    expect(btreeHeight(276, 8)).toBe(1);
    expect(btreeHeight(2, 8)).toBe(0);
    expect(btreeHeight(1, 8)).toBe(0);
  });

  it('has the pages of a unique index on a bigint', () => {
    expect(btreePagesFor({ rows: 1_000_000, keys: 1_000_000, bytes: 8, deduplicates: false })).toBe(2745);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { btreeHeight, btreePagesFor, entryBytes } from '../../src/lens/btree.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';

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

describe('a B-tree with many rows to a key', () => {
  const ROWS = 200_000;
  const KEYS = {
    integer: [[4, 4]],
    pair: [
      [8, 8],
      [4, 4],
    ],
    text: [[18, 1]],
  } as const;
  let built: TestDatabase;
  beforeAll(async () => {
    built = await testDatabase('btrees', ['SELECT setseed(0.5)']);
  });
  afterAll(() => built.drop());

  for (const perKey of [1, 2, 5, 10, 20, 50, 120, 1000])
    for (const spread of ['evenly', 'by chance'] as const)
      it(`is within 3 % of a built one: ${perKey} rows, spread ${spread}`, async () => {
        const { link } = built;
        const keys = Math.round(ROWS / perKey);
        const key = spread === 'evenly' ? `i % ${keys}` : `floor(random() * ${keys})`;
        await link.query('DROP TABLE IF EXISTS t');
        await link.query(`CREATE TABLE t AS
          SELECT k::int AS i, k::bigint AS b, 'customer-' || lpad(k::text, 8, '0') AS t
          FROM (SELECT ${key} AS k FROM generate_series(1, ${ROWS}) i) x`);
        await link.query('CREATE INDEX "integer" ON t (i)');
        await link.query('CREATE INDEX "pair" ON t (b, i)');
        await link.query('CREATE INDEX "text" ON t (t COLLATE "C")');
        const [counted] = await link.query('SELECT count(DISTINCT i)::int AS keys FROM t');
        for (const [name, widths] of Object.entries(KEYS)) {
          const pages = btreePagesFor({
            rows: ROWS,
            keys: Number(counted?.keys),
            bytes: entryBytes(widths),
            deduplicates: true,
          });
          const [size] = await link.query(`SELECT pg_relation_size('"${name}"') / 8192 AS pages`);
          expect(Math.abs(pages / Number(size?.pages) - 1), name).toBeLessThanOrEqual(0.03);
        }
      });
});

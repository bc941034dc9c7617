import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectTrusted as connect } from '../../src/database/link.ts';
import { makeLens } from '../../src/lens/make/make.ts';
import { readLens } from '../../src/lens/read/read.ts';
import { scaleDocument } from '../../src/production/scale.ts';
import { newNames } from '../../src/session/names.ts';
import { proposalFromText } from '../../src/workload/write.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { testServer } from '../helpers/server.ts';

/** Of all kinds: unique, wide, with included columns, partial, shared entries, text, an own fill factor. */
const INDEXES = [
  'CREATE UNIQUE INDEX one ON sales (id)',
  'CREATE INDEX two ON sales (customer)',
  'CREATE INDEX three ON sales (customer, day) INCLUDE (amount)',
  "CREATE INDEX four ON sales (day) WHERE state = 'open'",
  'CREATE INDEX five ON sales (state)',
  'CREATE INDEX six ON sales (name text_pattern_ops)',
  'CREATE INDEX seven ON sales (id, day) WITH (fillfactor = 50)',
];

const rows = (count: number) => `
  INSERT INTO sales SELECT i, 1 + i % ${count / 20}, timestamp '2024-01-01' + i * interval '1 min', (i % 1000) * 0.37,
    CASE WHEN i % 10 = 0 THEN 'open' ELSE 'done' END, 'customer ' || md5(i::text)
  FROM generate_series(1, ${count}) i`;
const TABLE =
  'CREATE TABLE sales (id bigint, customer integer, day timestamp, amount numeric, state text, name text)';

interface Found {
  readonly name: unknown;
  readonly ratio: number;
  readonly fine: boolean;
}

let sample: TestDatabase;
let large: TestDatabase;
beforeAll(async () => {
  sample = await testDatabase('sizes', [TABLE, rows(10_000), ...INDEXES, 'VACUUM ANALYZE sales']);
  large = await testDatabase('sizes_large', [TABLE, rows(100_000), ...INDEXES, 'VACUUM ANALYZE sales']);
});
afterAll(async () => {
  await sample.drop();
  await large.drop();
});

it('sizes are within 5 % of what a database of ten times the rows really has', async () => {
  const read = await readLens(sample.link);
  const { document } = scaleDocument(read, {
    rows: { sales: 100_000 },
    distinct: { 'sales.customer': 5000 },
  });
  const real = await large.link.query(
    "SELECT relname AS name, pg_relation_size(oid)::float8 / 8192 AS pages FROM pg_class WHERE relnamespace = 'public'::regnamespace",
  );
  const [table] = document.tables;
  const projected = new Map([
    ['sales', table?.pages],
    ...(table?.indexes ?? []).map(({ name, pages }) => [name, pages] as const),
  ]);
  expect(real.length).toBe(8);
  const found: Found[] = [];
  for (const { name, pages } of real) {
    const ratio = (projected.get(String(name)) ?? 0) / Number(pages);
    found.push({ name, ratio, fine: Math.abs(ratio - 1) < 0.05 });
  }
  expect(found.filter(({ fine }) => !fine)).toEqual([]);
});

it('so are those of indexes that are not built, from the statistics alone', async () => {
  const bare = await readLens(large.link);
  const without = { ...bare, tables: bare.tables.map(table => ({ ...table, indexes: [] })) };
  const proposals = await Promise.all(
    INDEXES.map((sql, at) => proposalFromText(`-- title: ${at}\n${sql};`, undefined, new Set())),
  );
  const names = newNames();
  const lens = await makeLens(await testServer(), without, { proposals, names });
  try {
    expect([...lens.refused]).toEqual([]);
    const found: Found[] = [];
    const link = await connect(lens.settings, 'test');
    for (const proposal of proposals) {
      const [statement] = proposal.statements;
      const name = statement === undefined ? '' : names.real(statement);
      const [row] = await link.query(
        'SELECT pg_relation_size(oid)::float8 / 8192 AS pages FROM pg_class WHERE relname = $1',
        [name],
      );
      const [really] = await large.link.query(
        'SELECT pg_relation_size(oid)::float8 / 8192 AS pages FROM pg_class WHERE relname = $1',
        [statement?.creates],
      );
      const ratio = Number(row?.pages) / Number(really?.pages);
      found.push({ name: statement?.creates, ratio, fine: Math.abs(ratio - 1) < 0.05 });
    }
    expect(found.filter(({ fine }) => !fine)).toEqual([]);
    await link.end();
  } finally {
    await lens.drop();
  }
});

it('an index has one size in production, whether it is built here or not', async () => {
  // Rows of one order lie together: ANALYZE counts too few orders.
  const shop = await testDatabase('one_size', [
    'CREATE TABLE orders (id integer PRIMARY KEY)',
    'CREATE TABLE items (id integer PRIMARY KEY, order_id integer REFERENCES orders, product integer)',
    'INSERT INTO orders SELECT generate_series(1, 40000)',
    'INSERT INTO items SELECT i, 1 + i / 4, i % 100 FROM generate_series(4, 159999) i',
    'CREATE INDEX items_order ON items (order_id)',
    'VACUUM ANALYZE orders',
    'VACUUM ANALYZE items',
  ]);
  const { document } = scaleDocument(await readLens(shop.link), {
    rows: { orders: 400_000, items: 1_600_000 },
    distinct: {},
  });
  await shop.drop();
  const items = document.tables.find(({ name }) => name === 'items');
  const grown = items?.indexes.find(({ name }) => name === 'items_order')?.pages ?? 0;
  const bare = {
    ...document,
    tables: document.tables.map(table => ({
      ...table,
      indexes: table.indexes.filter(({ name }) => name !== 'items_order'),
    })),
  };
  const sql = 'CREATE INDEX items_order ON items (order_id);';
  const names = newNames();
  const proposal = await proposalFromText(`-- title: it\n${sql}`, undefined, new Set());
  const lens = await makeLens(await testServer(), bare, { proposals: [proposal], names });
  try {
    const [statement] = proposal.statements;
    const link = await connect(lens.settings, 'test');
    const [row] = await link.query(
      'SELECT pg_relation_size(oid)::float8 / 8192 AS pages FROM pg_class WHERE relname = $1',
      [statement === undefined ? '' : names.real(statement)],
    );
    await link.end();
    expect(Number(row?.pages)).toBe(grown);
  } finally {
    await lens.drop();
  }
});

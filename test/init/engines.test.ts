/** What `init` says of tables that an engine stores in parts: on imitations of the catalogs. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readTables } from '../../src/init/columns.ts';
import { discover } from '../../src/init/discover.ts';
import { findEngine } from '../../src/session/engines/engines.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { distributed, imitatedCitus } from '../helpers/imitatedCitus.ts';
import { imitatedTimescale } from '../helpers/imitatedTimescale.ts';

const databases: TestDatabase[] = [];
const made = async (name: string, statements: readonly string[]) => {
  const database = await testDatabase(name, statements);
  databases.push(database);
  return database;
};
let citus: TestDatabase;
let timescale: TestDatabase;
beforeAll(async () => {
  citus = await made('init_citus', [
    ...imitatedCitus(0),
    'CREATE TABLE customers (id int PRIMARY KEY)',
    'CREATE TABLE orders (id int, customer int REFERENCES customers, at int)',
    ...distributed('orders', [102_008, 102_009]),
    'CREATE INDEX orders_read ON orders (id)',
    'CREATE INDEX orders_idle ON orders (at)',
    'INSERT INTO customers VALUES (1)',
    'INSERT INTO orders_102008 SELECT g, 1, g FROM generate_series(1, 20000) g',
    'INSERT INTO orders_102009 SELECT g, 1, g FROM generate_series(1, 10000) g',
    'VACUUM ANALYZE',
    'SET enable_seqscan = off',
    'SELECT FROM orders_102008 WHERE id = 7',
    'SELECT pg_stat_force_next_flush()',
  ]);
  timescale = await made('init_timescale', [
    ...imitatedTimescale,
    'CREATE TABLE little (id int)',
    'SET enable_seqscan = off',
    'SELECT FROM _timescaledb_internal._hyper_1_2_chunk WHERE device = 7',
    'SELECT pg_stat_force_next_flush()',
  ]);
});
afterAll(() => Promise.all(databases.map(database => database.drop())));

it('sums over shards: rows behind a foreign key, bytes of an index, and whether any was read', async () => {
  const { foreignKeys, idleIndexes, largest } = await discover(citus.settings, 10);
  expect(foreignKeys).toMatchObject([{ table: 'orders', columns: ['customer'], rows: 30_000 }]);
  const [sum] = await citus.link.query(
    "SELECT sum(pg_relation_size(oid))::int AS bytes FROM pg_class WHERE relname LIKE 'orders\\_idle\\_%'",
  );
  expect(idleIndexes.filter(({ table }) => table === 'orders')).toMatchObject([
    { name: 'orders_idle', why: 'unused', bytes: sum?.bytes },
  ]);
  expect(largest).toEqual({ schema: 'public', table: 'orders' });
});

it('takes example values from the statistics of a shard, and the rows from all', async () => {
  const engine = await findEngine(citus.link);
  const parts = { stored: (await engine.stored?.(citus.link)) ?? new Map(), statistics: engine.statistics };
  const name = { schema: undefined, table: 'orders' };
  const tables = await readTables(citus.link, [name], parts);
  expect(tables.find(name)?.rows).toBe(30_000);
  expect(tables.statisticsOf({ ...name, column: 'customer' })?.common).toEqual(['1']);
  expect(tables.statisticsOf({ ...name, column: 'id' })?.histogram.length).toBeGreaterThan(10);
});

it('names hypertables and their indexes, not chunks', async () => {
  const { idleIndexes, largest } = await discover(timescale.settings, 10);
  expect(idleIndexes).toEqual([]);
  expect(largest).toEqual({ schema: 'public', table: 'metrics' });
});

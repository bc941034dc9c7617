/** Distributed partitions, columnar and reference tables, statements that write, and a migration: on a real cluster. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { changeFacts } from '../../src/database/changeFacts.ts';
import { connectTrusted as connect } from '../../src/database/link.ts';
import { discover } from '../../src/init/discover.ts';
import { sqlFiles } from '../../src/migration/files.ts';
import { namedIn } from '../../src/migration/statementsOf.ts';
import { readThrough } from '../../src/production/productionLens.ts';
import { openSession } from '../../src/session/opening.ts';
import { makeWorkload } from '../../test/helpers/workload.ts';
import { keptOf, ORIGIN } from '../../test/migration/kept.ts';
import { client, settings, tried, value } from './trial.ts';

const S = 'pgopt_engines_more';
const MAKE = [
  `DROP SCHEMA IF EXISTS ${S} CASCADE`,
  `CREATE SCHEMA ${S}`,
  `SET search_path = ${S}, public`,
  'SET citus.shard_count = 8',
  'CREATE TABLE countries (id int PRIMARY KEY, region text)',
  "SELECT create_reference_table('countries')",
  'CREATE TABLE orders (id bigint, tenant bigint, status text, country int REFERENCES countries, total int)',
  "SELECT create_distributed_table('orders', 'tenant')",
  'CREATE INDEX orders_status ON orders (status)',
  'CREATE TABLE log_20260130 (tenant bigint, kind text, at date NOT NULL) PARTITION BY RANGE (at)',
  ...['01', '02', '03'].map(
    month =>
      `CREATE TABLE log_2026${month} PARTITION OF log_20260130 FOR VALUES FROM ('2026-${month}-01') TO ('2026-${month}-28')`,
  ),
  "SELECT create_distributed_table('log_20260130', 'tenant')",
  'CREATE INDEX log_at_in_each_of_all_the_partitions_with_a_name_that_is_long ON log_20260130 (at)',
  "INSERT INTO countries SELECT g, 'r' || g % 5 FROM generate_series(1, 200) g",
  "INSERT INTO orders SELECT g, g % 1000, 's' || g % 50, 1 + g % 200, g FROM generate_series(1, 100000) g",
  // Of the third partition all shards are empty.
  "INSERT INTO log_20260130 SELECT g % 1000, 'k' || g % 50, date '2026-01-01' + g % 27 + 31 * (g % 2) FROM generate_series(1, 100000) g",
  'VACUUM ANALYZE countries, orders',
  'ANALYZE log_20260130',
];
const COLUMNAR = [
  `CREATE TABLE ${S}.archive (tenant bigint, at int) USING columnar`,
  `SELECT create_distributed_table('${S}.archive', 'tenant')`,
  `INSERT INTO ${S}.archive SELECT g % 1000, g FROM generate_series(1, 50000) g`,
];
let hasColumnar = false;

beforeAll(async () => {
  await client.connect();
  await client.query('SET client_min_messages = error');
  for (const sql of MAKE) await client.query(sql);
  hasColumnar = Number(await value("SELECT count(*) FROM pg_am WHERE amname = 'columnar'")) > 0;
  if (hasColumnar) for (const sql of COLUMNAR) await client.query(sql);
});
afterAll(async () => {
  await client.query(`DROP SCHEMA IF EXISTS ${S} CASCADE`);
  await client.end();
});

/** Exact, of an index and its partitions. */
const bytesOf = async (index: string) =>
  Number(
    await value(
      `SELECT sum(citus_relation_size(oid))::float8 FROM (SELECT '${S}.${index}'::regclass AS oid UNION
         SELECT relid FROM pg_partition_tree('${S}.${index}')) parts JOIN pg_class c USING (oid) WHERE c.relkind = 'i'`,
    ),
  );

const PROPOSED = {
  by_kind: `CREATE INDEX by_kind ON ${S}.log_20260130 (kind)`,
  by_region: `CREATE INDEX by_region ON ${S}.countries (region)`,
  by_total: `CREATE INDEX by_total ON ${S}.orders (total)`,
};

it('knows the bytes of indexes on partitions, empty shards, reference and columnar tables, and of dropped indexes', async () => {
  const proposals = {
    ...PROPOSED,
    ...(hasColumnar ? { by_day: `CREATE INDEX by_day ON ${S}.archive (at)` } : {}),
  };
  const long = 'log_at_in_each_of_all_the_partitions_with_a_name_that_is_long';
  const { objects } = await tried(
    { one: `SELECT FROM ${S}.orders` },
    { ...proposals, drop: `DROP INDEX ${S}.${long}` },
  );
  expect(objects.get(long)?.bytes).toBe(await bytesOf(long));
  for (const [name, sql] of Object.entries(proposals)) {
    await client.query(sql);
    expect(objects.get(name), name).toMatchObject({ bytes: await bytesOf(name), usable: true });
    expect(objects.get(name)?.atLeast, name).toBeUndefined();
    await client.query(`DROP INDEX ${S}.${name}`);
  }
});

it('switches partitions, adds the costs of all tasks, and plans statements that write, without a trace of shards', async () => {
  const { before, after, answers } = await tried(
    {
      kind: `SELECT * FROM ${S}.log_20260130 WHERE kind = 'k7'`,
      gone: `DELETE FROM ${S}.log_20260130 WHERE kind = 'k7'`,
      paid: `UPDATE ${S}.orders SET status = 'paid' WHERE total = 7`,
      joined: `SELECT count(*) FROM ${S}.orders o JOIN ${S}.countries c ON c.id = o.country WHERE c.region = 'r1' AND o.status = 's1'`,
    },
    PROPOSED,
    [{ kind: 'whyUnused', queryId: 'joined', proposalId: 'by_total', proposals: Object.keys(PROPOSED) }],
  );
  expect(JSON.stringify([...before, ...after])).not.toMatch(/_1\d{5}\b|~/);
  for (const [id, proposal] of [
    ['kind', 'by_kind'],
    ['gone', 'by_kind'],
    ['paid', 'by_total'],
  ] as const) {
    expect(after.get(id)?.uses, id).toContain(proposal);
    expect(after.get(id)?.totalCost, id).toBeLessThan(before.get(id)?.totalCost ?? 0);
  }
  await client.query('SET citus.explain_all_tasks = on');
  const shown = JSON.stringify(
    await value(`EXPLAIN (FORMAT JSON) SELECT * FROM ${S}.log_20260130 WHERE kind = 'k7'`),
  );
  const tasks = [...shown.matchAll(/"Remote Plan":\[\[\{"Plan":\{.*?"Total Cost":([\d.]+)/g)].map(
    ([, cost]) => Number(cost),
  );
  expect(tasks).toHaveLength(8);
  expect(before.get('kind')?.totalCost).toBeCloseTo(
    tasks.reduce((sum, cost) => sum + cost, 0),
    6,
  );
  expect(answers).toMatchObject([
    { unused: { reason: 'no-clause', text: 'no condition on orders compares total' } },
  ]);
});

it('counts what shards hold for init, and leaves no room for a lens or another role', async () => {
  const { foreignKeys } = await discover(settings, 10);
  expect(foreignKeys.filter(({ schema }) => schema === S)).toMatchObject([
    { table: 'orders', rows: 100_000 },
  ]);
  const workload = await makeWorkload({ queries: { one: 'SELECT 1' }, proposals: {} });
  const options = { settings, workload, eager: false, now: Date.now };
  const session = await openSession(options);
  await expect(readThrough(session)).rejects.toMatchObject({ code: 'server-unsupported' });
  await session.close();
  await expect(openSession({ ...options, role: 'pg_monitor' })).rejects.toMatchObject({ code: 'usage' });
});

it('is migrated there and back, partition by partition', async () => {
  const kept = await keptOf({ made: PROPOSED.by_kind, gone: `DROP INDEX ${S}.orders_status` });
  const link = await connect(settings, 'test');
  const facts = await changeFacts(link, await namedIn(kept.map(({ proposal }) => proposal)));
  await link.end();
  const files = await sqlFiles(kept, facts, ORIGIN, []);
  const indexes = () =>
    value(
      `SELECT string_agg(result, ' ') FROM run_command_on_all_nodes($$SELECT string_agg(c.relname || i.indisvalid, ' ' ORDER BY c.relname)
         FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = '${S}'::regnamespace$$)`,
    );
  const before = await indexes();
  const run = async (file: string) => {
    const text = files.get(file) ?? '';
    for (const [sql] of text.matchAll(/^(?:CREATE|DROP|ALTER) .*$/gm)) await client.query(sql);
  };
  await run('migration.sql');
  expect(await indexes()).toMatch(/log_202601_by_kind_\d+true/);
  expect(await indexes()).not.toMatch(/false|orders_status/);
  await run('rollback.sql');
  expect(await indexes()).toBe(before);
});

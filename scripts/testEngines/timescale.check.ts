/** Compressed chunks, a continuous aggregate, an index that would go, and a migration: on a real TimescaleDB. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { changeFacts } from '../../src/database/changeFacts.ts';
import { connectTrusted as connect } from '../../src/database/link.ts';
import { discover } from '../../src/init/discover.ts';
import { sqlFiles } from '../../src/migration/files.ts';
import { namedIn } from '../../src/migration/statementsOf.ts';
import { keptOf, ORIGIN } from '../../test/migration/kept.ts';
import { client, settings, tried, value } from './trial.ts';

const S = 'pgopt_engines_more';
const MAKE = [
  `DROP SCHEMA IF EXISTS ${S} CASCADE`,
  `CREATE SCHEMA ${S}`,
  `SET search_path = ${S}, public`,
  'CREATE TABLE readings (time timestamptz NOT NULL, device int, kind text, value float8)',
  "SELECT create_hypertable('readings', 'time', chunk_time_interval => interval '1 day')",
  'CREATE INDEX readings_kind ON readings (kind)',
  "INSERT INTO readings SELECT timestamptz '2026-03-01' + g * interval '5 seconds', g % 500, 'k' || g % 50, g FROM generate_series(1, 100000) g",
  "ALTER TABLE readings SET (timescaledb.compress, timescaledb.compress_segmentby = 'device')",
  "SELECT compress_chunk(c) FROM show_chunks('readings', older_than => timestamptz '2026-03-03') c",
  `CREATE MATERIALIZED VIEW hourly WITH (timescaledb.continuous) AS
     SELECT time_bucket('1 hour', time) AS hour, device, avg(value) AS avg FROM readings GROUP BY 1, 2 WITH NO DATA`,
  "CALL refresh_continuous_aggregate('hourly', NULL, NULL)",
  'VACUUM ANALYZE readings',
];

beforeAll(async () => {
  await client.connect();
  await client.query('SET client_min_messages = error');
  for (const sql of MAKE) await client.query(sql);
});
afterAll(async () => {
  await client.query(`DROP SCHEMA IF EXISTS ${S} CASCADE`);
  await client.end();
});

it('switches indexes of hypertables and continuous aggregates, with their exact bytes', async () => {
  const proposals = {
    by_reading_device: `CREATE INDEX by_reading_device ON ${S}.readings (device, time DESC)`,
    by_reading_avg: `CREATE INDEX by_reading_avg ON ${S}.hourly (avg)`,
  };
  const { before, after, objects, opened } = await tried(
    {
      recent: `SELECT * FROM ${S}.readings WHERE device = 7 AND time > '2026-03-05' ORDER BY time DESC LIMIT 5`,
      old: `SELECT count(*) FROM ${S}.readings WHERE device = 7 AND time < '2026-03-03'`,
      hourly: `SELECT * FROM ${S}.hourly WHERE avg = 7`,
      gone: `SELECT * FROM ${S}.readings WHERE kind = 'k7' AND time > '2026-03-05'`,
    },
    { ...proposals, drop: `DROP INDEX ${S}.readings_kind` },
  );
  expect(after.get('recent')?.uses).toContain('by_reading_device');
  expect(after.get('hourly')?.uses).toContain('by_reading_avg');
  expect(before.get('gone')?.uses).toContain('drop');
  expect(after.get('gone')?.uses).not.toContain('drop');
  expect(JSON.stringify(after.get('old'))).toContain('DecompressChunk');
  expect(JSON.stringify([...after])).not.toContain('~');
  const sizeOf = async (index: string) =>
    Number(
      await value(`SELECT sum(pg_relation_size(oid))::float8 FROM pg_class WHERE relname ~ '(^|_)${index}$'`),
    );
  expect(objects.get('readings_kind')?.bytes).toBe(await sizeOf('readings_kind'));
  for (const [name, sql] of Object.entries(proposals)) {
    await client.query(sql);
    expect(objects.get(name)?.bytes, name).toBe(await sizeOf(name));
    await client.query(`DROP INDEX ${name === 'by_reading_avg' ? '_timescaledb_internal' : S}.${name}`);
  }
  const own =
    opened?.tables.filter(({ schema, partOf = '' }) => schema === S || partOf.startsWith(`${S}.`)) ?? [];
  expect(own.find(({ name }) => name === 'readings')).toMatchObject({ rows: 100_000, counted: true });
  expect(new Set(own.map(({ partOf }) => partOf))).toEqual(
    new Set([undefined, `${S}.readings`, `${S}.hourly`]),
  );
});

it('is migrated there and back', async () => {
  const { idleIndexes } = await discover(settings, 10);
  expect(idleIndexes.filter(({ name, schema }) => name.includes('chunk') || schema.startsWith('_'))).toEqual(
    [],
  );
  const kept = await keptOf({
    made: `CREATE INDEX readings_made ON ${S}.readings (value)`,
    gone: `DROP INDEX ${S}.readings_kind`,
  });
  const link = await connect(settings, 'test');
  const facts = await changeFacts(link, await namedIn(kept.map(({ proposal }) => proposal)));
  await link.end();
  const files = await sqlFiles(kept, facts, ORIGIN, []);
  const indexes = () =>
    value(
      "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relkind = 'i' AND relname ~ 'readings|_readings_made$'",
    );
  const before = await indexes();
  const run = async (file: string) => {
    const text = files.get(file) ?? '';
    for (const [sql] of text.matchAll(/^(?:CREATE|DROP|ALTER) .*$/gm)) await client.query(sql);
  };
  await run('migration.sql');
  expect(await indexes()).toContain('chunk_readings_made');
  expect(await indexes()).not.toContain('readings_kind');
  await run('rollback.sql');
  expect(await indexes()).toBe(before);
});

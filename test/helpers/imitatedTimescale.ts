/** An imitation of TimescaleDB 2.20: a hypertable, its chunks and their indexes as the catalog has them, and what counts them. */
export const imitatedTimescale: readonly string[] = [
  `INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
   SELECT 4000000002, 'timescaledb', 10, oid, true, '2.20.3' FROM pg_namespace WHERE nspname = 'public'`,
  'CREATE SCHEMA _timescaledb_internal',
  'CREATE SCHEMA timescaledb_information',
  'CREATE SCHEMA _timescaledb_catalog',
  "CREATE TABLE _timescaledb_catalog.hypertable AS SELECT 'public' AS schema_name, 'metrics' AS table_name",
  "CREATE VIEW timescaledb_information.hypertables AS SELECT 'public' AS hypertable_schema, 'metrics' AS hypertable_name",
  "CREATE FUNCTION approximate_row_count(regclass) RETURNS bigint LANGUAGE sql AS 'SELECT 30000::bigint'",
  `CREATE FUNCTION hypertable_detailed_size(regclass, OUT table_bytes bigint, OUT toast_bytes bigint) RETURNS SETOF record LANGUAGE sql AS
   'SELECT sum(pg_table_size(inhrelid))::bigint, 0::bigint FROM pg_inherits WHERE inhparent = $1'`,
  'CREATE TABLE metrics (at int, device int)',
  ...[1, 2, 3].flatMap(chunk => [
    `CREATE TABLE _timescaledb_internal._hyper_1_${chunk}_chunk (CHECK (at >= ${chunk}0000 AND at < ${chunk + 1}0000)) INHERITS (metrics)`,
    `INSERT INTO _timescaledb_internal._hyper_1_${chunk}_chunk SELECT g, g % 300 FROM generate_series(${chunk}0000, ${chunk}9999) g`,
    `CREATE INDEX _hyper_1_${chunk}_chunk_by_device ON _timescaledb_internal._hyper_1_${chunk}_chunk (device)`,
    `VACUUM ANALYZE _timescaledb_internal._hyper_1_${chunk}_chunk`,
  ]),
  'CREATE INDEX by_device ON metrics (device)',
];

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
  // A compressed chunk, whose rows are batches; and a continuous aggregate.
  'CREATE TABLE _timescaledb_internal.compress_hyper_2_4_chunk (device int)',
  'INSERT INTO _timescaledb_internal.compress_hyper_2_4_chunk SELECT generate_series(1, 300)',
  'CREATE TABLE _timescaledb_internal._materialized_hypertable_3 (hour int)',
  'CREATE TABLE _timescaledb_internal._hyper_3_5_chunk () INHERITS (_timescaledb_internal._materialized_hypertable_3)',
  'INSERT INTO _timescaledb_internal._hyper_3_5_chunk SELECT generate_series(1, 500)',
  'VACUUM ANALYZE _timescaledb_internal.compress_hyper_2_4_chunk, _timescaledb_internal._hyper_3_5_chunk',
  `CREATE VIEW timescaledb_information.continuous_aggregates AS SELECT 'public'::name AS view_schema, 'hourly'::name AS view_name,
     '_timescaledb_internal'::name AS materialization_hypertable_schema, '_materialized_hypertable_3'::name AS materialization_hypertable_name`,
];

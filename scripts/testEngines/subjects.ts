/** What is made on each engine, and what a person would ask there by hand. */
export interface Subject {
  readonly make: readonly string[];
  readonly drop: readonly string[];
  /** A column: integer array, of the figures of the relation $1. */
  readonly tableBytes: string;
  readonly indexBytes: string;
  /** How many indexes of a session there are, on whatever server. */
  readonly left: string;
  /** Indexes that one on `orders` makes beside itself in the session's catalog. */
  readonly parts: number;
  /** Settings as each server has them: rows of `setting`. */
  readonly settings: string | undefined;
}

const ROWS = 'SELECT g, g % 500, g % 97, g FROM generate_series(1, 200000) g';
const TABLES = [
  'CREATE SCHEMA pgopt_engines',
  'SET search_path = pgopt_engines, public',
  'CREATE TABLE orders (id int, customer int, amount int, at bigint NOT NULL)',
  'CREATE TABLE notes (id int)',
];
const FILLED = [
  `INSERT INTO orders ${ROWS}`,
  'INSERT INTO notes SELECT generate_series(1, 100)',
  'VACUUM ANALYZE orders',
  'VACUUM ANALYZE notes',
];
const LEFT = `SELECT count(*) AS "left" FROM pg_class WHERE relname LIKE '%~%'`;

export const SUBJECTS: Readonly<Record<string, Subject>> = {
  citus: {
    make: [
      ...TABLES,
      "SELECT create_distributed_table('orders', 'id', shard_count => 8)",
      "SELECT create_reference_table('notes')",
      ...FILLED,
    ],
    drop: ['DROP SCHEMA IF EXISTS pgopt_engines CASCADE'],
    tableBytes: 'SELECT citus_table_size($1)::float8 AS bytes',
    indexBytes: 'SELECT citus_relation_size($1)::float8 AS bytes',
    left: `SELECT sum(result::int)::int AS "left" FROM run_command_on_all_nodes($$${LEFT}$$)`,
    parts: 0,
    settings: `SELECT DISTINCT pg_catalog.concat_ws(' ', current_setting('transaction_read_only'), current_setting('work_mem')) AS setting
      FROM pgopt_engines.orders`,
  },
  timescale: {
    make: [...TABLES, "SELECT create_hypertable('orders', 'at', chunk_time_interval => 40000)", ...FILLED],
    drop: ['DROP SCHEMA IF EXISTS pgopt_engines CASCADE'],
    tableBytes: `SELECT (sum(table_bytes) + sum(toast_bytes))::float8 AS bytes FROM hypertable_detailed_size($1)`,
    indexBytes: 'SELECT hypertable_index_size($1)::float8 AS bytes',
    left: LEFT,
    // 1 to 200,000, by 40,000.
    parts: 6,
    settings: undefined,
  },
};

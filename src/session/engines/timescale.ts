/**
 * TimescaleDB: a hypertable's rows are in child tables, the chunks (database/parts.ts). Compressed chunks store their
 * rows in tables outside the catalog's tree, which only the extension counts.
 */
import { identifier } from '../../base/sql.ts';
import type { Link, Row } from '../../database/link.ts';
import { isChunk } from '../../database/parts.ts';
import { type EngineKind, POSTGRESQL, type Stored, type StoredTables, together } from './engine.ts';

export const TIMESCALE: EngineKind = {
  extension: 'timescaledb',
  name: 'TimescaleDB',
  catalog: '_timescaledb_catalog.hypertable',
  whyNoLens: 'chunks cannot be made without the extension, and it plans them',
  open: async link => {
    const [row] = await link.query(
      `SELECT n.nspname AS schema FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
       WHERE e.extname = 'timescaledb'`,
    );
    const own = identifier(String(row?.schema));
    return { ...POSTGRESQL, stored: from => hypertables(from, own) };
  },
};

/** The casts prevent the choice of another role's function in that schema. */
async function hypertables(link: Link, own: string): Promise<StoredTables> {
  const rows = await link.query(
    `SELECT h.hypertable_schema AS schema, h.hypertable_name AS "pgopt~name", ${own}.approximate_row_count(c.oid::pg_catalog.regclass)::float8 AS rows,
            (SELECT coalesce(sum(d.table_bytes) + sum(d.toast_bytes), 0)::float8 FROM ${own}.hypertable_detailed_size(c.oid::pg_catalog.regclass) d) AS bytes
     FROM timescaledb_information.hypertables h
     JOIN pg_catalog.pg_namespace n ON n.nspname = h.hypertable_schema
     JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = h.hypertable_name`,
  );
  const tables = new Map(rows.map(row => [nameOf(row), storedOf(row)]));
  // Tables that plans name: chunks of hypertables and continuous aggregates, and batches of compressed chunks.
  for (const row of await link.query(CHUNKS)) {
    const chunk = storedOf(row);
    const whole = row.whole === null ? undefined : String(row.whole);
    tables.set(nameOf(row), { ...chunk, partOf: whole });
    if (row.aggregate !== true || whole === undefined) continue;
    tables.set(whole, together(tables.get(whole), chunk));
  }
  return tables;
}

/** As in citus.ts: `init` skips these statements by this name. */
const nameOf = (row: Row): string => `${row.schema}.${row['pgopt~name']}`;

const MOST_CHUNKS = 1000;

const CHUNKS = `SELECT k.nspname AS schema, c.relname AS "pgopt~name", greatest(c.reltuples, 0)::float8 AS rows, c.reltuples >= 0 AS counted,
    greatest(c.relpages, 0) * pg_catalog.current_setting('block_size')::float8 AS bytes, a.view_name IS NOT NULL AS aggregate,
    coalesce(a.view_schema || '.' || a.view_name, n.nspname || '.' || p.relname) AS whole
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace k ON k.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_inherits h ON h.inhrelid = c.oid
  LEFT JOIN pg_catalog.pg_class p ON p.oid = h.inhparent LEFT JOIN pg_catalog.pg_namespace n ON n.oid = p.relnamespace
  LEFT JOIN timescaledb_information.continuous_aggregates a
    ON a.materialization_hypertable_schema = n.nspname AND a.materialization_hypertable_name = p.relname
  WHERE ${isChunk('c')} AND c.relkind = 'r' AND (h.inhrelid IS NOT NULL OR c.relname LIKE 'compress%')
  ORDER BY c.oid DESC LIMIT ${MOST_CHUNKS}`;

const storedOf = (row: Row): Stored => ({
  rows: Number(row.rows),
  bytes: Number(row.bytes),
  counted: row.counted !== false,
  atLeast: false,
  empty: 0,
  indexes: new Map(),
});

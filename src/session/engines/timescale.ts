/**
 * TimescaleDB: a hypertable is empty itself, and its chunks are its heirs. What the catalog's tree says of them is in
 * database/parts.ts; but compressed chunks keep their rows in tables that are in no tree, and only the extension counts them.
 */
import { identifier } from '../../base/sql.ts';
import type { Link } from '../../database/link.ts';
import { type EngineKind, POSTGRESQL, type StoredTables } from './engine.ts';

export const TIMESCALE: EngineKind = {
  extension: 'timescaledb',
  name: 'TimescaleDB',
  catalog: '_timescaledb_catalog.hypertable',
  whyNoLens: 'chunks cannot be made without the extension, and it plans them',
  open: async (link, version) => {
    const [row] = await link.query(
      `SELECT n.nspname AS schema FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
       WHERE e.extname = 'timescaledb'`,
    );
    const own = identifier(String(row?.schema));
    return {
      ...POSTGRESQL,
      name: TIMESCALE.name,
      version,
      stored: from => hypertables(from, own),
    };
  },
};

/** The casts leave no function of another role's in that schema to choose. */
async function hypertables(link: Link, own: string): Promise<StoredTables> {
  const rows = await link.query(
    `SELECT h.hypertable_schema AS schema, h.hypertable_name AS name, ${own}.approximate_row_count(c.oid::pg_catalog.regclass)::float8 AS rows,
            (SELECT coalesce(sum(d.table_bytes) + sum(d.toast_bytes), 0)::float8 FROM ${own}.hypertable_detailed_size(c.oid::pg_catalog.regclass) d) AS bytes
     FROM timescaledb_information.hypertables h
     JOIN pg_catalog.pg_namespace n ON n.nspname = h.hypertable_schema
     JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = h.hypertable_name`,
  );
  return new Map(
    rows.map(row => [
      `${row.schema}.${row.name}`,
      {
        rows: Number(row.rows),
        bytes: Number(row.bytes),
        counted: true,
        atLeast: false,
        empty: 0,
        indexes: new Map(),
      },
    ]),
  );
}

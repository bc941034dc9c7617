/** The existing indexes and the server's counters of their use. Reads the catalog only, waits for no lock. */
import type { Link } from './link.ts';
import { isChunk, OF_USERS, treeOf } from './parts.ts';

export interface IndexFacts {
  readonly schema: string;
  readonly name: string;
  readonly table: string;
  /** As CREATE INDEX has it after USING: `btree (status, created_at DESC)`. */
  readonly keys?: string;
  /** Pages as of the last VACUUM or ANALYZE. */
  readonly bytes: number;
  /** Scans that the server counted; 0 on a primary if only its replicas scan it; undefined in a lens, which counts none. */
  readonly scans: number | undefined;
  /** ISO 8601: when the server began to count; undefined where it does not report it. */
  readonly statsSince: string | undefined;
  /** False: a CREATE INDEX CONCURRENTLY failed or still runs. Every write maintains it, no query reads it. */
  readonly valid: boolean;
  /** It enforces something, whether it is scanned or not. */
  readonly unique: boolean;
  /** Name of the constraint that depends on it. */
  readonly constraint: string | undefined;
  /** Another index with the same columns, expressions, order and predicate, which could stay instead. */
  readonly duplicateOf: string | undefined;
}

/** Those outside PostgreSQL's own schemas, largest first, at most 1,000; without the partitioned ones. */
export async function existingIndexes(link: Link): Promise<IndexFacts[]> {
  const rows = await link.query(
    `WITH shapes AS (
       SELECT i.indexrelid, i.indrelid, i.indisvalid, i.indisunique, c.relname, c.relnamespace, c.relpages,
              (SELECT conname FROM pg_catalog.pg_constraint WHERE conindid = c.oid ORDER BY contype = 'f' LIMIT 1) AS conname,
              concat_ws('|', c.relam, i.indkey, i.indclass, i.indcollation, i.indoption, i.indnkeyatts,
                        pg_catalog.pg_get_expr(i.indexprs, i.indrelid), pg_catalog.pg_get_expr(i.indpred, i.indrelid)) AS shape
       FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
       WHERE c.relkind = 'i' AND NOT c.relispartition
     )
     SELECT n.nspname AS schema, s.relname AS name, t.relname AS "table",
            pg_catalog.regexp_replace(pg_catalog.pg_get_indexdef(s.indexrelid), '^.*? USING ', '') AS keys,
            coalesce(chunks.pages, s.relpages) * pg_catalog.current_setting('block_size')::float8 AS bytes,
            coalesce(chunks.scans, u.idx_scan, 0)::float8 AS scans, d.stats_reset AS since,
            s.indisvalid AS valid, s.indisunique AS "unique", s.conname AS "constraint",
            -- The duplicate that should stay enforces something, or is the older one.
            (SELECT o.relname FROM shapes o
             WHERE o.indrelid = s.indrelid AND o.shape = s.shape AND o.indexrelid <> s.indexrelid AND o.indisvalid
               AND (o.indisunique OR NOT s.indisunique) AND s.conname IS NULL
               AND (o.indisunique AND NOT s.indisunique OR o.conname IS NOT NULL OR o.indexrelid < s.indexrelid)
             ORDER BY o.conname IS NULL, o.indexrelid LIMIT 1) AS duplicate
     FROM shapes s
     JOIN pg_catalog.pg_class t ON t.oid = s.indrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace
     LEFT JOIN pg_catalog.pg_stat_all_indexes u ON u.indexrelid = s.indexrelid
     -- For a hypertable's index the totals of its chunks' indexes; NULL for any other table.
     LEFT JOIN LATERAL (
       SELECT sum(greatest(c.relpages, 0)) AS pages, sum(pg_catalog.pg_stat_get_numscans(c.oid)) AS scans
       FROM ${treeOf('s.indexrelid')} JOIN pg_catalog.pg_class c ON c.oid = part.oid
       WHERE t.relhassubclass HAVING bool_or(${isChunk('c')})
     ) chunks ON true
     LEFT JOIN pg_catalog.pg_stat_database d ON d.datname = pg_catalog.current_database()
     WHERE ${OF_USERS}
     ORDER BY s.relpages DESC, s.relname LIMIT 1000`,
  );
  const text = (value: unknown) => (value === null ? undefined : String(value));
  return rows.map(row => ({
    schema: String(row.schema),
    name: String(row.name),
    table: String(row.table),
    keys: String(row.keys),
    bytes: Number(row.bytes),
    scans: Number(row.scans),
    statsSince: row.since instanceof Date ? row.since.toISOString() : undefined,
    valid: row.valid === true,
    unique: row.unique === true,
    constraint: text(row.constraint),
    duplicateOf: text(row.duplicate),
  }));
}

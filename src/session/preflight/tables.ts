/** The catalog's word on tables that a workload is about. Reads catalogs only. */
import type { Link } from '../../database/link.ts';
import { resolveRelations } from '../../database/resolve.ts';
import type { PreflightTable } from './types.ts';

export interface TableName {
  readonly schema: string | undefined;
  readonly name: string;
}

/** Largest first; names that there are none of are left out. Partitions count for their table. */
export async function preflightTables(link: Link, names: readonly TableName[]): Promise<PreflightTable[]> {
  if (names.length === 0) return [];
  const rows = await link.query(
    `WITH wanted AS (
       -- The planner names the partition where it reads only one of them.
       SELECT DISTINCT coalesce(pg_catalog.pg_partition_root(found.oid), found.oid)::oid AS oid
       FROM pg_catalog.unnest($1::oid[]) AS found (oid)
     ), parts AS (
       SELECT w.oid AS root, c.oid, c.relkind, c.relpages, c.relallvisible, c.reltuples
       FROM wanted w JOIN pg_catalog.pg_class c
         ON c.oid = w.oid OR c.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree(w.oid))
       WHERE c.relkind IN ('r', 'm', 'p')
     )
     SELECT n.nspname AS schema, t.relname AS name,
            pg_catalog.pg_has_role(t.relowner, 'USAGE') AS owned,
            sum(greatest(p.reltuples, 0))::float8 AS rows,
            sum(CASE p.relkind WHEN 'p' THEN 0 ELSE pg_catalog.pg_table_size(p.oid) END)::float8 AS bytes,
            CASE WHEN sum(p.relpages) > 0 THEN sum(p.relallvisible)::float8 / sum(p.relpages) ELSE 1 END AS visible,
            bool_and(p.relkind = 'p' OR p.reltuples > 0 OR s.last_analyze IS NOT NULL OR s.last_autoanalyze IS NOT NULL) AS analyzed,
            sum(s.n_mod_since_analyze)::float8 AS changed,
            sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del)::float8 AS written,
            (SELECT count(DISTINCT l.pid) FROM pg_catalog.pg_locks l
             WHERE l.relation = ANY (array_agg(p.oid)) AND l.granted AND l.pid <> pg_catalog.pg_backend_pid()
               AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
               AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
            )::int AS writers
     FROM parts p
     JOIN pg_catalog.pg_class t ON t.oid = p.root
     JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
     LEFT JOIN pg_catalog.pg_stat_all_tables s ON s.relid = p.oid
     WHERE n.nspname <> 'pg_catalog' AND n.nspname <> 'information_schema'
     GROUP BY n.nspname, t.relname, t.relowner, t.oid
     ORDER BY bytes DESC, name`,
    [(await resolveRelations(link, names)).filter(oid => oid !== undefined)],
  );
  return rows.map((row): PreflightTable => {
    const count = Number(row.rows);
    return {
      schema: String(row.schema),
      name: String(row.name),
      rows: count,
      bytes: Number(row.bytes),
      allVisible: Number(row.visible),
      changedSinceAnalyze: row.changed === null ? undefined : Number(row.changed) / Math.max(1, count),
      everAnalyzed: row.analyzed === true,
      owned: row.owned === true,
      writersNow: Number(row.writers),
      rowsWritten: Number(row.written ?? 0),
    };
  });
}

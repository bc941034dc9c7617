/**
 * The tables that a query or a view's statement reads, according to the planner, and the catalog's facts about them.
 * EXPLAIN runs nothing.
 */
import type { WrittenName } from '../../base/sql.ts';
import { inSteps } from '../../base/steps.ts';
import { asUser } from '../../database/guard.ts';
import type { Link, Row } from '../../database/link.ts';
import { rowsOf, treeOf } from '../../database/parts.ts';
import { resolveRelations } from '../../database/resolve.ts';
import { planSteps } from '../../plan/parse.ts';
import { flattenPlan } from '../../plan/tree.ts';
import type { Engine } from '../engines/engine.ts';
import type { PreflightTable } from './facts.ts';

export interface Looked {
  readonly tables: readonly WrittenName[];
  /** Result rows, and bytes a row, as the planner expects. */
  readonly rows: number;
  readonly width: number;
}

/** @throws DatabaseError if the server cannot plan it. */
export async function lookAt(link: Link, sql: string, engine: Engine): Promise<Looked> {
  const [row] = await link.query(asUser(`EXPLAIN (VERBOSE, FORMAT JSON) ${sql}`));
  await inSteps(engine.tidy(row?.['QUERY PLAN']));
  const plan = await inSteps(planSteps(row?.['QUERY PLAN']));
  const tables = flattenPlan(plan).flatMap(({ relation, schema }) =>
    relation === undefined ? [] : [{ schema, name: relation }],
  );
  return { tables, rows: plan.root.planRows, width: plan.root.planWidth };
}

/** Largest first; names without a table are left out. Partitions count for their table. */
export async function preflightTables(link: Link, names: readonly WrittenName[]): Promise<PreflightTable[]> {
  const oids = (await resolveRelations(link, names)).filter(oid => oid !== undefined);
  // The planner names the partition where it reads only one of them.
  const rows = await link.query(
    `SELECT DISTINCT coalesce(pg_catalog.pg_partition_root(found.oid), found.oid)::int8 AS oid
     FROM pg_catalog.unnest($1::oid[]) AS found (oid)`,
    [oids],
  );
  const roots = rows.map(({ oid }) => Number(oid));
  return [...(await readTables(link, roots)).values()];
}

/** Tables and partitions in the names' order; undefined for a name without one. */
export async function namedTables(
  link: Link,
  names: readonly WrittenName[],
): Promise<(PreflightTable | undefined)[]> {
  const oids = await resolveRelations(link, names);
  const tables = await readTables(
    link,
    oids.filter(oid => oid !== undefined),
  );
  return oids.map(oid => (oid === undefined ? undefined : tables.get(oid)));
}

async function readTables(link: Link, oids: readonly number[]): Promise<Map<number, PreflightTable>> {
  if (oids.length === 0) return new Map();
  const rows = await link.query(
    `WITH parts AS (
       SELECT w.oid AS root, c.*, c.relkind = 'p' AS is_whole
       FROM pg_catalog.unnest($1::oid[]) AS w (oid) CROSS JOIN LATERAL ${treeOf('w.oid')} JOIN pg_catalog.pg_class c ON c.oid = part.oid
       WHERE c.relkind IN ('r', 'm', 'p')
     )
     SELECT t.oid::int8 AS oid, n.nspname AS schema, t.relname AS name,
            pg_catalog.pg_has_role(t.relowner, 'USAGE') AS owned,
            ${rowsOf('t.oid')} AS rows,
            sum(CASE WHEN p.is_whole THEN 0 ELSE pg_catalog.pg_table_size(p.oid) END)::float8 AS bytes,
            coalesce(sum(p.relallvisible) FILTER (WHERE NOT p.is_whole)::float8
                     / nullif(sum(p.relpages) FILTER (WHERE NOT p.is_whole), 0), 1) AS visible,
            bool_and(p.is_whole OR p.reltuples > 0 OR s.last_analyze IS NOT NULL OR s.last_autoanalyze IS NOT NULL) AS analyzed,
            sum(s.n_mod_since_analyze) FILTER (WHERE NOT p.is_whole)::float8 AS changed,
            sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del)::float8 AS written,
            pg_catalog.json_agg(pg_catalog.json_build_object('schema', pn.nspname, 'name', p.relname)) FILTER (WHERE p.oid <> t.oid) AS partitions,
            (SELECT count(DISTINCT l.pid) FROM pg_catalog.pg_locks l
             WHERE l.relation = ANY (array_agg(p.oid)) AND l.granted AND l.pid <> pg_catalog.pg_backend_pid()
               AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
               AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
            )::int AS writers
     FROM parts p
     JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
     JOIN pg_catalog.pg_class t ON t.oid = p.root
     JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
     LEFT JOIN pg_catalog.pg_stat_all_tables s ON s.relid = p.oid
     WHERE n.nspname <> 'pg_catalog' AND n.nspname <> 'information_schema'
     GROUP BY n.nspname, t.relname, t.relowner, t.oid
     ORDER BY bytes DESC, name`,
    [[...new Set(oids)]],
  );
  return new Map(rows.map(row => [Number(row.oid), tableOf(row)]));
}

function tableOf(row: Row): PreflightTable {
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
    partitions: (row.partitions ?? []) as PreflightTable['partitions'],
  };
}

/**
 * How a probe hides built objects that are off from the planner. Three ways, same plans:
 * - 'catalog': marks the index invalid in pg_index. No lock on the table; needs UPDATE on pg_index.
 * - 'drop': DROP INDEX, undone with the probe. Any owner may; ACCESS EXCLUSIVE on the table until then. One index a
 *   statement, because Citus takes no more.
 * - 'lens': like 'catalog', through a function of the lens, whose role may only ask for plans. A view needs no hiding:
 *   when it is off, the query's own text is planned. Statistics can only be dropped.
 */
import { identifier } from '../base/sql.ts';
import type { Link, Row } from '../database/link.ts';
import { type LockedTable, lockedTable } from './locks.ts';

export type Hiding = 'catalog' | 'drop' | 'lens';

export const LENS_SCHEMA = 'pgopt_lens';

/** Takes oids of indexes and of extended statistics (lens/make/guard.ts). */
export const LENS_HIDE = `${LENS_SCHEMA}.hide`;

export interface Hideable {
  /** For an index on a partitioned table also those of its partitions' indexes. */
  readonly oids: readonly number[];
  readonly kind: 'index' | 'materialized view' | 'statistics';
  readonly schema: string;
  readonly realName: string;
  /** Built on one of the session's views: no query reads it unless the view is on. */
  readonly onView: boolean;
  /** `schema.name` of itself and of its partitions' indexes, as a plan names them. */
  readonly plannedAs: readonly string[];
  /** It may change plans that do not read it, as a unique index or statistics do. */
  readonly informs: boolean;
  /** Set for an index. */
  readonly table?: LockedTable;
}

/**
 * @param row `oids`, `kind`, `schema`, `name`, `planned_as`, `informs`; `on_view`; for an index also what lockedTable()
 *   reads.
 */
export const hideableOf = (row: Row): Hideable => ({
  oids: (row.oids as readonly unknown[]).map(Number),
  kind: row.kind as Hideable['kind'],
  schema: String(row.schema),
  realName: String(row.name),
  onView: row.on_view === true,
  plannedAs: row.planned_as as readonly string[],
  informs: row.informs === true,
  ...(row.table_oid === undefined ? {} : { table: lockedTable(row) }),
});

export async function chooseHiding(link: Link): Promise<Hiding> {
  const [row] = await link.query(
    "SELECT pg_catalog.has_table_privilege('pg_catalog.pg_index', 'UPDATE') AS may",
  );
  return row?.may === true ? 'catalog' : 'drop';
}

/**
 * The statements that hide these objects, sent before an EXPLAIN in the same probe.
 * @param fromWriters For a run that writes: PostgreSQL maintains even an index that it may not read.
 */
export function hideStatements(hiding: Hiding, objects: readonly Hideable[], fromWriters = false): string[] {
  const name = (object: Hideable) => `${identifier(object.schema)}.${identifier(object.realName)}`;
  const indexes = objects.filter(object => object.kind === 'index' && !object.onView);
  const statistics = objects.filter(object => object.kind === 'statistics');
  const statements: string[] = [];
  if (hiding === 'lens') {
    if (indexes.length + statistics.length === 0) return [];
    const list = (hidden: readonly Hideable[]) =>
      `'{${hidden.flatMap(({ oids }) => oids).join(',')}}'::oid[]`;
    return [`SELECT ${LENS_HIDE}(${list(indexes)}, ${list(statistics)})`];
  }
  if (hiding === 'drop') statements.push(...indexes.map(index => `DROP INDEX ${name(index)}`));
  else if (indexes.length > 0) {
    const these = `indexrelid IN (${indexes.flatMap(index => index.oids).join(', ')})`;
    const also = fromWriters ? ', indisready = false, indislive = false' : '';
    statements.push(`UPDATE pg_catalog.pg_index SET indisvalid = false${also} WHERE ${these}`);
    // PostgreSQL reads a table's list of indexes again only if the table's own row changes.
    if (fromWriters)
      statements.push(
        `UPDATE pg_catalog.pg_class "pgopt table" SET relname = "pgopt table".relname
         WHERE "pgopt table".oid IN (SELECT indrelid FROM pg_catalog.pg_index WHERE ${these})`,
      );
  }
  if (statistics.length > 0) statements.push(`DROP STATISTICS ${statistics.map(name).join(', ')}`);
  return statements;
}

/**
 * The workload's statements that write: which `--write-cost` runs and rolls back, and why not the others. Tables that
 * they reach must hold nothing that acts outside the transaction: checked at opening and under the locks of each run.
 */
import { DatabaseError } from '../base/databaseError.ts';
import { PgoptError } from '../base/errors.ts';
import type { UserScope } from '../database/guard.ts';
import type { Link } from '../database/link.ts';
import { treeOf } from '../database/parts.ts';
import { resolveRelations } from '../database/resolve.ts';
import { callsIn } from '../workload/callsIn.ts';
import type { TrustedFunctions } from '../workload/functions.ts';
import { entriesOf, type ParsedStatement, parseStatements } from '../workload/grammar.ts';
import type { Proposal, Query } from '../workload/workload.ts';
import { writtenTables } from '../workload/writtenTables.ts';
import type { Control } from './control.ts';
import { type Engine, isStored, type StoredTables } from './engines/engine.ts';
import { whyNotWritten, writeTo } from './functions.ts';
import { lockedTable, type TableLock } from './locks.ts';
import { inScope } from './role.ts';
import { whyNotWritable } from './writableTable.ts';

/** Why writes to a table are not measured. @param table With its schema, quoted where necessary. */
export const whyStoredElsewhere = (
  { storesElsewhere }: Pick<Engine, 'storesElsewhere'>,
  stored: StoredTables,
  table: string,
): string | undefined =>
  storesElsewhere && isStored(stored, table)
    ? 'other servers write it, and EXPLAIN here counts neither their rows nor their WAL'
    : undefined;

/** The current catalog, over the control connection: the work connection reads it with an old snapshot. */
type Catalog = Pick<Link, 'query'>;

interface WritingContext {
  readonly catalog: Catalog;
  readonly scope: () => UserScope;
  /** All schemas that names in the queries may be in. */
  readonly path: readonly string[];
  readonly trusted: TrustedFunctions | undefined;
  /** Why a table's rows are not this server's. @param table Quoted, with its schema. */
  readonly whyNotHere: (table: string) => string | undefined;
}

interface Written {
  readonly refused: string | undefined;
  readonly locks: readonly TableLock[];
  /** Names of the tables that it writes to, and of those whose foreign keys it checks. */
  readonly tables: ReadonlySet<string>;
}

export class Writing {
  private readonly known = new Map<string, Written>();
  private refusedAll: string | undefined;

  private constructor(private readonly context: WritingContext) {}

  /** @param queries Only those that write are checked. @throws DatabaseError */
  static async open(link: Link, queries: readonly Query[], context: WritingContext): Promise<Writing> {
    const writing = new Writing(context);
    const [{ only = undefined } = {}] = await link.query(
      "SELECT pg_catalog.current_setting('transaction_read_only') = 'on' AS only",
    );
    if (only === true) writing.refusedAll = 'this server takes no writes';
    for (const query of queries)
      if (query.writes !== undefined) writing.known.set(query.id, await writing.look(link, query));
    return writing;
  }

  /** Query → why it is not run; undefined for one that is. */
  get reasons(): ReadonlyMap<string, string | undefined> {
    return new Map([...this.known].map(([id, { refused }]) => [id, refused]));
  }

  /** Whether a proposal may change the cost of the statement although no plan shows it: by a trigger's plan, or an index. */
  isTouched(queryId: string, { statements }: Proposal, tables: readonly string[]): boolean {
    const own = this.known.get(queryId)?.tables;
    return [...tables, ...statements.flatMap(({ on }) => on ?? [])].some(table => own?.has(table) === true);
  }

  /** The locks that a run takes, and the check that follows them. */
  runOf(query: Query): {
    readonly locks: readonly TableLock[];
    readonly admit: (link: Link) => Promise<void>;
  } {
    const { locks = [] } = this.known.get(query.id) ?? {};
    const locked = new Set(locks.map(({ table }) => table.oid));
    return {
      locks,
      admit: async link => {
        const now = await this.look(link, query);
        const isOther = now.locks.some(({ table }) => !locked.has(table.oid));
        const refused =
          now.refused ?? (isOther ? 'it writes to other tables since the session began' : undefined);
        if (refused !== undefined) throw new PgoptError('session-refused', refused);
      },
    };
  }

  private async look(link: Link, { sql }: Query): Promise<Written> {
    const { catalog, scope, path, trusted, whyNotHere } = this.context;
    const [statement] = await parseStatements('', sql);
    const targets = statement === undefined ? [] : writtenTables(statement.type, statement.tree);
    const named = [...targets, ...lockedIn(statement)].map(({ schema, name }) => ({ schema, name }));
    // The role's settings must not stay.
    await link.query('SAVEPOINT writing');
    const found = await inScope(link, scope(), () => resolveRelations(link, named));
    await link.batch(['ROLLBACK TO SAVEPOINT writing', 'RELEASE SAVEPOINT writing']);
    const oids = found.slice(0, targets.length);
    const asked = targets.map(({ inserts, deletes, sets }, at) => ({
      oid: oids[at] ?? 0,
      inserts,
      deletes,
      sets,
    }));
    const rows = await catalog.query(REACHED, [JSON.stringify(asked)]);
    const reached = rows.map(row => ({ table: lockedTable(row), row }));
    const written = reached.filter(({ row }) => row.written === true);
    const unwritable = await whyNotWritable(
      catalog,
      written.map(({ table: { oid }, row }) => {
        const updates = row.updates === true;
        // An update may move a row to another partition.
        const moves = updates && row.parts === true;
        return {
          oid,
          updates,
          inserts: moves || row.inserts === true,
          deletes: moves || row.deletes === true,
        };
      }),
    );
    const reasons = written.flatMap(({ table: { oid, name }, row }) => {
      const reason =
        unwritable.get(oid) ??
        whyNotHere(name) ??
        (row.defaults === true ? 'a foreign key sets columns to their defaults' : undefined);
      return reason === undefined ? [] : [`${name}: ${reason}`];
    });
    const judged = reached.filter(({ row }) => row.cascaded === true || row.guarded === true);
    const refused =
      this.refusedAll ??
      (oids.includes(undefined) ? 'a table that it writes to does not exist' : undefined) ??
      reasons[0] ??
      (await whyNotLocked(catalog, found.slice(targets.length))) ??
      (await whyNotWritten(catalog, [sql, ...judged.map(({ table }) => writeTo(table.name))], trusted, path));
    return {
      refused,
      locks: written.flatMap(({ row, table }) =>
        row.may_lock === true ? [{ table, mode: 'ROW EXCLUSIVE' }] : [],
      ),
      tables: new Set(rows.map(row => String(row.table_name))),
    };
  }
}

/** The relations of a statement with FOR UPDATE, FOR SHARE …, which may lock any of them. */
function lockedIn(statement: ParsedStatement | undefined) {
  const hasLocks = [...entriesOf(statement?.tree)].some(([key]) => key === 'lockingClause');
  return hasLocks ? callsIn(statement?.tree).filter(({ kind }) => kind === 'relation') : [];
}

/** Row locks on another server outlast `lock_timeout` here, and its waiting sessions are invisible. */
async function whyNotLocked(
  catalog: Catalog,
  relations: readonly (number | undefined)[],
): Promise<string | undefined> {
  const [row] = await catalog.query(
    `SELECT c.oid::pg_catalog.regclass::text AS name, c.relkind = 'v' AS "isView"
     FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS named (oid) CROSS JOIN LATERAL ${treeOf('named.oid')}
     JOIN pg_catalog.pg_class c ON c.oid = part.oid WHERE c.relkind IN ('f', 'v') ORDER BY 1 LIMIT 1`,
    [relations.filter(oid => oid !== undefined)],
  );
  if (row === undefined) return undefined;
  return `${row.name}: ${row.isView === true ? 'a view' : 'its rows would be locked on another server'}`;
}

/** Interval of the checks whether another session waits for a row of a run, ms. */
const GIVE_WAY_MS = 200;

/** Stops a run as soon as another session waits for a row that it locks. @throws DatabaseError 55P03 then */
export async function givingWay<T>(control: Control, run: () => Promise<T>): Promise<T> {
  let isInTheWay = false;
  const look = async () => {
    if (!(await control.isRowWaitedFor()) || ended) return;
    isInTheWay = true;
    control.cancelWork();
  };
  let ended = false;
  const timer = setInterval(() => void look(), GIVE_WAY_MS);
  try {
    return await run();
  } catch (error) {
    throw isInTheWay ? new DatabaseError('another session waits for a row', '55P03') : error;
  } finally {
    ended = true;
    clearInterval(timer);
    await control.settled();
  }
}

/** The actions of foreign keys on referring rows: CASCADE, SET NULL, SET DEFAULT. */
const ACTS = "IN ('c', 'n', 'd')";
const columnsOf = (table: string, numbers: string): string =>
  `ARRAY(SELECT a.attname FROM pg_catalog.pg_attribute a WHERE a.attrelid = ${table} AND a.attnum = ANY (${numbers}))`;

/**
 * The written tables, with partitions, inheriting tables and those that foreign keys change in turn; and the tables in
 * which foreign keys look rows up. `guarded`: its policies also bind its owner, as whom lookups run.
 */
const REACHED = `
  WITH RECURSIVE asked AS (
    SELECT (one.value->>'oid')::oid AS oid, (one.value->>'inserts')::boolean AS inserts, (one.value->>'deletes')::boolean AS deletes,
      CASE WHEN one.value ? 'sets' THEN ARRAY(SELECT pg_catalog.jsonb_array_elements_text(one.value->'sets')::name) END AS sets
    FROM pg_catalog.jsonb_array_elements($1::jsonb) one
  ), edges AS MATERIALIZED (
    SELECT h.inhparent AS above, h.inhrelid AS below, true AS inherits, NULL AS deleting, NULL AS updating, NULL::name[] AS keys, NULL::name[] AS columns
    FROM pg_catalog.pg_inherits h
    UNION ALL
    SELECT k.confrelid, k.conrelid, false, k.confdeltype, k.confupdtype, ${columnsOf('k.confrelid', 'k.confkey')}, ${columnsOf('k.conrelid', 'k.conkey')}
    FROM pg_catalog.pg_constraint k WHERE k.contype = 'f' AND (k.confdeltype ${ACTS} OR k.confupdtype ${ACTS})
  ), written (oid, inserts, deletes, sets, cascaded, defaults) AS (
    SELECT oid, inserts, deletes, sets, false, false FROM asked
    UNION
    SELECT e.below, e.inherits AND w.inserts, CASE WHEN e.inherits THEN w.deletes ELSE gone.is AND e.deleting = 'c' END,
      CASE WHEN e.inherits THEN w.sets WHEN other.is OR gone.is AND e.deleting <> 'c' THEN e.columns END,
      NOT e.inherits OR w.cascaded, CASE WHEN e.inherits THEN w.defaults ELSE gone.is AND e.deleting = 'd' OR other.is AND e.updating = 'd' END
    FROM written w JOIN pg_catalog.pg_class c ON c.oid = w.oid JOIN edges e ON e.above = w.oid
    -- A row that moves to another partition leaves its own.
    CROSS JOIN LATERAL (SELECT coalesce((w.deletes OR c.relispartition AND w.sets IS NOT NULL) AND e.deleting ${ACTS}, false) AS is) gone
    CROSS JOIN LATERAL (SELECT coalesce(w.sets && e.keys AND e.updating ${ACTS}, false) AS is) other
    WHERE e.inherits OR gone.is OR other.is
  ), reached (oid, written, inserts, updates, deletes, cascaded, defaults) AS (
    SELECT oid, true, inserts, sets IS NOT NULL, deletes, cascaded, defaults FROM written
    UNION ALL
    SELECT k.conrelid, false, false, false, false, false, false
    FROM written w JOIN pg_catalog.pg_class c ON c.oid = w.oid JOIN pg_catalog.pg_constraint k ON k.contype = 'f' AND k.confrelid = w.oid
    WHERE w.deletes OR c.relispartition AND w.sets IS NOT NULL OR w.sets && ${columnsOf('k.confrelid', 'k.confkey')}
    UNION ALL
    SELECT k.confrelid, false, false, false, false, false, false
    FROM written w JOIN pg_catalog.pg_constraint k ON k.contype = 'f' AND k.conrelid = w.oid
    WHERE w.inserts OR w.sets && ${columnsOf('k.conrelid', 'k.conkey')}
  )
  SELECT r.oid::int8 AS table_oid, n.nspname AS table_schema, c.relname AS table_name, c.relkind = 'p' AS partitioned,
    pg_catalog.bool_or(r.written) AS written, pg_catalog.bool_or(r.cascaded) AS cascaded, pg_catalog.bool_or(r.defaults) AS defaults,
    pg_catalog.bool_or(r.inserts) AS inserts, pg_catalog.bool_or(r.updates) AS updates, pg_catalog.bool_or(r.deletes) AS deletes,
    c.relispartition OR c.relkind = 'p' AS parts,
    c.relrowsecurity AND c.relforcerowsecurity AS guarded,
    pg_catalog.bool_or(r.written) AND pg_catalog.has_table_privilege(r.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') AS may_lock
  FROM reached r JOIN pg_catalog.pg_class c ON c.oid = r.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  GROUP BY r.oid, n.nspname, c.relname, c.relkind, c.relispartition, c.relrowsecurity, c.relforcerowsecurity ORDER BY r.oid`;

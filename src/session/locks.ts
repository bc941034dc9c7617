/**
 * Takes locks so that other sessions never fail because of ours. A session that has waited for `deadlock_timeout` looks
 * for a deadlock and, if it finds one, fails itself. So our session never waits while another one waits for it, and
 * otherwise for less than half a deadlock_timeout: a session that begins to wait for us looks only after we gave up.
 */
import { DatabaseError } from '../base/databaseError.ts';
import { identifier } from '../base/sql.ts';
import type { Link, Row } from '../database/link.ts';
import { resolveRelations } from '../database/resolve.ts';
import { STATEMENT_KINDS } from '../workload/statementKinds.ts';
import type { Proposal } from '../workload/workload.ts';
import type { Hideable, Hiding } from './hide.ts';
import { type OtherTransaction, otherTransactionOf, processText } from './unusable.ts';

/** A table as LOCK TABLE names it. */
export interface LockedTable {
  readonly oid: number;
  /** Quoted, with its schema. */
  readonly name: string;
  /** LOCK TABLE locks its partitions, too. */
  readonly partitioned: boolean;
}

/** The modes that conflict with each, as in pg_locks. Source: PostgreSQL's documentation, "Explicit Locking". */
const CONFLICTS = {
  'ROW EXCLUSIVE': 'Share|ShareRowExclusive|Exclusive|AccessExclusive',
  'SHARE UPDATE EXCLUSIVE': 'ShareUpdateExclusive|Share|ShareRowExclusive|Exclusive|AccessExclusive',
  SHARE: 'RowExclusive|ShareUpdateExclusive|ShareRowExclusive|Exclusive|AccessExclusive',
  'SHARE ROW EXCLUSIVE':
    'RowExclusive|ShareUpdateExclusive|Share|ShareRowExclusive|Exclusive|AccessExclusive',
  'ACCESS EXCLUSIVE': '.*',
} as const;

type LockMode = keyof typeof CONFLICTS;

export interface TableLock {
  readonly table: LockedTable;
  readonly mode: LockMode;
}

/** The longest attempt to get a lock, ms: sessions that come later queue behind it for that time. */
const ATTEMPT_MS = 200;

export const attemptMs = (deadlockTimeoutMs: number): number =>
  Math.max(1, Math.min(ATTEMPT_MS, Math.floor(deadlockTimeoutMs / 2)));

/** Calls pg_lock_status() and not the slower view pg_locks, because this precedes each probe. */
const IS_WAITED_FOR = `EXISTS (SELECT FROM pg_catalog.pg_lock_status() w
  WHERE NOT w.granted AND pg_catalog.pg_backend_pid() = ANY (pg_catalog.pg_blocking_pids(w.pid)))`;

/**
 * Whether we hold a lock on the table. Then a wait for a stronger one would make a session fail at once that reads the
 * table and then writes to it.
 */
const holdsAny = ({ oid }: LockedTable): string => `EXISTS (SELECT FROM pg_catalog.pg_locks h
  WHERE h.pid = pg_catalog.pg_backend_pid() AND h.granted
    AND (h.relation = ${oid} OR h.relation IN (SELECT relid FROM pg_catalog.pg_partition_tree(${oid}))))`;

/** SQL expression, evaluated before each statement that may wait: how long it may wait, ms. */
export const waitAtMost = (attempt: number): string =>
  `CASE WHEN ${IS_WAITED_FOR} THEN 1 ELSE ${attempt} END`;

/** One lock a table, in one order, so that two of our sessions do not wait for each other. */
function inOrder(locks: readonly TableLock[]): TableLock[] {
  const together = new Map<number, TableLock>();
  for (const lock of locks) {
    const { mode } = together.get(lock.table.oid) ?? lock;
    together.set(lock.table.oid, { ...lock, mode: joined(mode, lock.mode) });
  }
  return [...together.values()].sort((a, b) => a.table.oid - b.table.oid);
}

/** A mode that conflicts with all modes that either conflicts with. */
function joined(a: LockMode, b: LockMode): LockMode {
  if (a === b) return a;
  return a === 'ACCESS EXCLUSIVE' || b === 'ACCESS EXCLUSIVE' ? 'ACCESS EXCLUSIVE' : 'SHARE ROW EXCLUSIVE';
}

/** The locks of the proposals' statements, on existing tables that the role owns. */
export async function buildLocks(
  link: Link,
  proposals: readonly Proposal[],
  hiding: Hiding,
): Promise<TableLock[]> {
  // Sessions that hide by DROP INDEX need exclusive access, so a second one must not build on the table meanwhile.
  const building: LockMode = hiding === 'drop' ? 'SHARE ROW EXCLUSIVE' : 'SHARE';
  const wanted = proposals.flatMap(({ statements }) =>
    statements.flatMap(({ kind, on, onSchema }) => {
      const { lock } = STATEMENT_KINDS[kind];
      // Reading a table conflicts with no other session's build.
      if (on === undefined || lock === undefined || lock === 'ACCESS SHARE') return [];
      return [{ name: { schema: onSchema, name: on }, mode: lock === 'SHARE' ? building : lock }];
    }),
  );
  const oids = await resolveRelations(
    link,
    wanted.map(({ name }) => name),
  );
  const rows = await link.query(TABLES, [oids.filter(oid => oid !== undefined)]);
  const tables = new Map(rows.map(row => [Number(row.table_oid), lockedTable(row)]));
  return wanted.flatMap(({ mode }, position) => {
    const table = tables.get(oids[position] ?? 0);
    return table === undefined ? [] : [{ table, mode }];
  });
}

const TABLES = `SELECT c.oid::int8 AS table_oid, n.nspname AS table_schema, c.relname AS table_name, c.relkind = 'p' AS partitioned
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid = ANY ($1::oid[]) AND c.relkind IN ('r', 'p') AND pg_catalog.pg_has_role(c.relowner, 'USAGE')`;

/** The locks that hiding these objects takes inside a probe. */
export const hidingLocks = (hiding: Hiding, objects: readonly Hideable[]): TableLock[] =>
  hiding !== 'drop'
    ? []
    : objects.flatMap(({ kind, onView, table }) =>
        kind === 'index' && !onView && table !== undefined ? [{ table, mode: 'ACCESS EXCLUSIVE' }] : [],
      );

/** One attempt. @throws DatabaseError 55P03 when another session is in the way. */
export async function takeLocks(link: Link, locks: readonly TableLock[]): Promise<void> {
  for (const { table, mode } of inOrder(locks)) {
    const [row] = await link.query(`SELECT ${IS_WAITED_FOR} OR ${holdsAny(table)} AS "mayNotWait"`);
    const only = table.partitioned ? '' : 'ONLY ';
    const now = row?.mayNotWait === true ? ' NOWAIT' : '';
    await link.query(`LOCK TABLE ${only}${table.name} IN ${mode} MODE${now}`);
  }
}

/** @param row With `table_oid`, `table_schema`, `table_name`, `partitioned`. */
export const lockedTable = (row: Row): LockedTable => ({
  oid: Number(row.table_oid),
  name: `${identifier(String(row.table_schema))}.${identifier(String(row.table_name))}`,
  partitioned: row.partitioned === true,
});

/** lock_not_available, or deadlock_detected if ours was the statement that failed. */
export const isInTheWay = (error: unknown): error is DatabaseError =>
  error instanceof DatabaseError && /^(55P03|40P01)$/.test(error.code);

/** A session that holds a lock that ours needs. */
export interface Blocker extends OtherTransaction {
  readonly relation: string;
  readonly mode: string;
}

/** Sent over the control connection. @param locks The wanted locks; if empty, only those that reading takes. */
export function blockersSql(locks: readonly TableLock[], processId: number): string {
  const wanted = inOrder(locks).map(
    ({ table, mode }) =>
      `(l.relation = ${table.oid} OR l.relation IN (SELECT relid FROM pg_partition_tree(${table.oid})))
       AND l.mode ~ '^(${CONFLICTS[mode]})Lock$'`,
  );
  return `SELECT l.pid, c.relname AS relation, l.mode, a.usename AS "user", a.application_name AS application,
      extract(epoch FROM clock_timestamp() - a.xact_start)::float8 * 1000 AS age
    FROM pg_locks l JOIN pg_class c ON c.oid = l.relation LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.granted AND l.pid <> ${processId} AND c.relkind IN ('r', 'p', 'm') AND c.relnamespace <> 'pg_catalog'::regnamespace
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (${wanted.length === 0 ? "l.mode = 'AccessExclusiveLock'" : wanted.join(' OR ')})
    ORDER BY a.xact_start, l.pid LIMIT 5`;
}

export const blockersOf = (rows: readonly Row[]): Blocker[] =>
  rows.map(row => ({
    ...otherTransactionOf(row),
    relation: String(row.relation),
    mode: String(row.mode).replace(/Lock$/, ''),
  }));

/** Whether its application_name says that it is a session of this program. */
export const isOurs = ({ application }: Blocker): boolean => /^pgopt-explore\b/.test(application);

/** A clause: `orders is busy: process 4711 (app, pgbench, in a transaction for 12.0 s) holds RowExclusive`. */
export function busyText(locks: readonly TableLock[], [first]: readonly Blocker[]): string {
  const [lock] = locks;
  if (first === undefined)
    return lock === undefined
      ? 'another session holds a lock that this one needs'
      : `${lock.table.name} is busy: another session holds a lock on it`;
  return `${first.relation} is busy: ${processText(first, 'in a transaction for')} holds ${first.mode}`;
}

/** Checks the session's promises: schema and extensions are unchanged, and nothing is committed. */
import type { Link, Row } from '../database/link.ts';
import { OF_USERS } from '../database/parts.ts';
import { ITS_ACTIVITY } from './backend.ts';
import type { Built } from './builders/builder.ts';

/** Tables, columns, defaults, constraints and extensions as the transaction sees them, without PostgreSQL's own schemas. */
export interface CatalogState {
  readonly columns: number;
  readonly constraints: number;
  /** Hash of all their properties. */
  readonly digest: string;
  readonly extensions: readonly string[];
}

/** As another connection sees it, outside the transaction. */
export interface Outside {
  /** How many of the transaction's `made` relations and statistics others can see. */
  readonly visible: number;
  /** pg_xact_status(): 'in progress' …; 'none' without a transaction id: nothing was written. */
  readonly transaction: string;
}

/** State that a function could change and ROLLBACK would not undo. Other sessions may change it meanwhile. */
export interface Lasting {
  /** `schema.name` → last value. */
  readonly sequences: Readonly<Record<string, string>>;
  /** Sequences that the role may not read, or beyond the first MOST. */
  readonly unread: number;
  /** Names of replication slots that outlive their session. */
  readonly slots: readonly string[];
  /** When statistics of this database were reset, and the server's settings read. */
  readonly statisticsReset: string;
  readonly settingsRead: string;
}

export interface Verified {
  readonly opening: CatalogState;
  /** undefined where the server did not report it. */
  readonly now: CatalogState | undefined;
  /** How many relations and statistics the transaction has created. */
  readonly made: number;
  readonly outside: Outside | undefined;
  /** When the transaction began, and now; undefined where the server did not report it. */
  readonly lasting?: { readonly opening: Lasting | undefined; readonly now: Lasting | undefined } | undefined;
  /** User-defined functions whose code was not checked, and trusted ones: what ran here besides SQL. */
  readonly unseen?: readonly string[] | undefined;
}

/** A sum, so that rows need no sorting. */
const digest = (row: string): string => `sum(pg_catalog.hashtextextended(${row}::text, 0)::numeric)`;

const CATALOG_STATE = `
  WITH tables AS (
    SELECT c.oid, n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f') AND ${OF_USERS}
  ), columns AS (
    SELECT t.nspname, t.relname, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attcollation, a.attidentity, a.attgenerated, d.adbin::text
    FROM tables t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  ), constraints AS (
    SELECT t.nspname, t.relname, o.conname, o.contype, o.conkey, o.confrelid, o.confkey, o.convalidated, o.conindid, o.conbin::text
    FROM tables t JOIN pg_catalog.pg_constraint o ON o.conrelid = t.oid
  )
  SELECT (SELECT count(*) FROM columns)::int AS columns, (SELECT count(*) FROM constraints)::int AS constraints,
    pg_catalog.concat_ws(' ', (SELECT ${digest('c')} FROM columns c), (SELECT ${digest('c')} FROM constraints c)) AS digest,
    ARRAY(SELECT extname || ' ' || extversion FROM pg_catalog.pg_extension ORDER BY 1) AS extensions`;

export async function catalogState(link: Pick<Link, 'query'>): Promise<CatalogState> {
  return stateOf((await link.query(CATALOG_STATE))[0]);
}

/** Statements of a probe: the state, then the transaction's id, if it has one. */
export const VERIFY_INSIDE = [
  CATALOG_STATE,
  'SELECT pg_catalog.pg_current_xact_id_if_assigned()::text AS id',
] as const;

export function stateOf(row: Row = {}): CatalogState {
  return {
    columns: Number(row.columns),
    constraints: Number(row.constraints),
    digest: String(row.digest),
    extensions: (row.extensions as readonly string[] | undefined) ?? [],
  };
}

/** Oids of the created objects: unlike names they are unambiguous, and not reused while the objects exist. */
export function oidsOf(built: Iterable<Built>): {
  readonly relations: number[];
  readonly statistics: number[];
} {
  const all = [...built].flatMap(({ made }) => made);
  const oids = (wanted: boolean) =>
    all.filter(({ kind }) => (kind === 'statistics') === wanted).flatMap(({ oids }) => oids);
  return { relations: oids(false), statistics: oids(true) };
}

/** Sent over the control connection, which identifies the work connection by its process. */
export function outsideSql(
  { relations, statistics }: ReturnType<typeof oidsOf>,
  transactionId: string | undefined,
): string {
  const list = (oids: readonly number[]) => `'{${oids.map(Number).join(',')}}'::oid[]`;
  const status =
    transactionId === undefined || !/^\d+$/.test(transactionId)
      ? `'none'`
      : `pg_catalog.pg_xact_status('${transactionId}'::xid8)`;
  return `SELECT (SELECT count(*) FROM pg_catalog.pg_class WHERE oid = ANY (${list(relations)}))::int
      + (SELECT count(*) FROM pg_catalog.pg_statistic_ext WHERE oid = ANY (${list(statistics)}))::int AS visible,
    ${status} AS transaction FROM ${ITS_ACTIVITY}`;
}

export function outsideOf(row: Row | undefined): Outside | undefined {
  if (row === undefined) return undefined;
  return { visible: Number(row.visible), transaction: String(row.transaction) };
}

/** Every change, a clause each. */
export function lastingChanges(before: Lasting, now: Lasting): readonly string[] {
  const names = [...new Set([...Object.keys(before.sequences), ...Object.keys(now.sequences)])];
  const value = (of: Lasting, name: string) => of.sequences[name] ?? 'absent';
  return [
    ...now.slots
      .filter(slot => !before.slots.includes(slot))
      .map(slot => `replication slot ${slot} was created`),
    ...before.slots
      .filter(slot => !now.slots.includes(slot))
      .map(slot => `replication slot ${slot} was dropped`),
    ...names
      .filter(name => value(before, name) !== value(now, name))
      .map(name => `sequence ${name} moved from ${value(before, name)} to ${value(now, name)}`),
    ...(before.statisticsReset === now.statisticsReset ? [] : ['statistics of the database were reset']),
    ...(before.settingsRead === now.settingsRead ? [] : ['the server read its settings again']),
  ];
}

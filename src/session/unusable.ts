/**
 * Indexes that the planner may not use in the transaction that built them. If rows changed in place (HOT) while an
 * older snapshot sees them, PostgreSQL marks the index (pg_index.indcheckxmin) for later transactions only.
 */

import { formatMs } from '../base/format.ts';
import type { Row } from '../database/link.ts';
import type { BuiltObject } from './events.ts';

/**
 * A column over indexes `pi` on tables `pt`: the tables whose index this transaction may not use, by the planner's rule
 * (get_relation_info); NULL for none.
 */
export const UNUSABLE_ON = `array_agg(pt.relname::text) FILTER (WHERE pi.indcheckxmin
  AND pg_catalog.age(pi.xmin) <= pg_catalog.age(pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::xid)) AS unusable_on`;

/** @param row Without that column if it is no index. */
export function usability({ unusable_on: tables }: Row): Pick<BuiltObject, 'usable' | 'unusableOn'> {
  const unusableOn = (tables ?? []) as readonly string[];
  return unusableOn.length === 0 ? { usable: true } : { usable: false, unusableOn };
}

/** A transaction of another session that holds a snapshot in this database. */
export interface OtherTransaction {
  readonly processId: number;
  /** undefined where the role may not see it. */
  readonly user: string | undefined;
  readonly application: string;
  readonly ageMs: number | undefined;
}

/** @param processId The session's own; 0 before it has one. */
export const otherTransactionsSql = (
  processId: number,
): string => `SELECT a.pid, a.usename AS "user", a.application_name AS application,
    extract(epoch FROM clock_timestamp() - a.xact_start)::float8 * 1000 AS age
  FROM pg_stat_activity a
  WHERE a.pid NOT IN (${processId}, pg_backend_pid()) AND a.datname = current_database() AND a.backend_type = 'client backend'
    AND a.application_name NOT LIKE 'pgopt-explore%' AND (a.backend_xmin IS NOT NULL OR a.backend_xid IS NOT NULL)
  ORDER BY a.xact_start NULLS LAST, a.pid LIMIT 5`;

export const otherTransactionOf = ({ pid, user, application, age }: Row): OtherTransaction => ({
  processId: Number(pid),
  user: user === null ? undefined : String(user),
  application: String(application ?? ''),
  ageMs: age === null ? undefined : Number(age),
});

export const otherTransactionsOf = (rows: readonly Row[]): OtherTransaction[] => rows.map(otherTransactionOf);

export const transactionText = (transaction: OtherTransaction): string =>
  processText(transaction, 'open for');

/** `process 4711 (app, psql, open for 12.0 s)`. @param since Words before the age of its transaction. */
export function processText(
  { processId, user, application, ageMs }: OtherTransaction,
  since: string,
): string {
  const about = [user, application, ageMs === undefined ? '' : `${since} ${formatMs(ageMs)}`];
  const known = about.filter(part => part !== undefined && part !== '').join(', ');
  return `process ${processId}${known === '' ? '' : ` (${known})`}`;
}

/** A clause: what PostgreSQL may not do, why, and what to do next. */
export function unusableText({ name, table }: BuiltObject, older: readonly OtherTransaction[]): string {
  const next =
    older.length === 0
      ? 'start again: a new transaction may use it'
      : `end the older transactions (${older.map(transactionText).join('; ')}), then start again`;
  return `PostgreSQL may not use ${name} in this transaction: rows of ${table} changed in place while an older snapshot sees them; ${next}`;
}

/**
 * The locks of the session's transaction, and the sessions that wait for them. Read over the control connection.
 */
import type { Row } from '../database/link.ts';
import { ITS_ACTIVITY } from './backend.ts';

interface HeldLock {
  /** `public.orders`; objects without a name are left out. */
  readonly relation: string;
  /** As in pg_locks, without its ending: `Share`, `AccessExclusive`. */
  readonly mode: string;
  readonly granted: boolean;
}

export interface Waiting {
  readonly processId: number;
  /** undefined where the role may not see it. */
  readonly user: string | undefined;
  readonly application: string;
  /** Its first 200 characters; undefined where the role may not see it. */
  readonly statement: string | undefined;
  readonly waitingMs: number;
}

export interface LockStatus {
  readonly locks: readonly HeldLock[];
  /** Other sessions that wait for a lock of ours. */
  readonly waiting: readonly Waiting[];
  /** Processes whose locks our session waits for. */
  readonly waitingFor: readonly number[];
}

const OURS = `(SELECT pid FROM ${ITS_ACTIVITY})`;

/** Without locks on the catalog, which every statement takes. */
export const LOCKS = `
  SELECT n.nspname || '.' || c.relname AS relation, l.mode, l.granted
  FROM pg_catalog.pg_locks l
  JOIN pg_catalog.pg_class c ON c.oid = l.relation
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE l.pid = ${OURS} AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    AND n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema')
  ORDER BY l.mode = 'AccessShareLock', 1, 2`;

export const WAITING = `
  SELECT a.pid, a.usename AS "user", a.application_name AS application, pg_catalog.left(a.query, 200) AS statement,
         extract(epoch FROM pg_catalog.clock_timestamp() - a.query_start)::float8 * 1000 AS ms
  FROM pg_catalog.pg_stat_activity a
  WHERE a.wait_event_type = 'Lock' AND ${OURS} = ANY (pg_catalog.pg_blocking_pids(a.pid))`;

export const WAITING_FOR = `SELECT pg_catalog.unnest(pg_catalog.pg_blocking_pids(${OURS})) AS pid`;

export function lockStatusOf(
  locks: readonly Row[],
  waiting: readonly Row[],
  waitingFor: readonly Row[],
): LockStatus {
  return {
    locks: locks.map(({ relation, mode, granted }) => ({
      relation: String(relation),
      mode: String(mode).replace(/Lock$/, ''),
      granted: granted === true,
    })),
    waiting: waiting.map(row => ({
      processId: Number(row.pid),
      user: row.user === null ? undefined : String(row.user),
      application: String(row.application ?? ''),
      statement: row.statement === null || row.statement === '' ? undefined : String(row.statement),
      waitingMs: Math.max(0, Number(row.ms ?? 0)),
    })),
    waitingFor: waitingFor.map(({ pid }) => Number(pid)),
  };
}

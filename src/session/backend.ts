/** The server process that holds the transaction, identified so that no other one is cancelled for it. */

export interface Backend {
  readonly processId: number;
  /** Microseconds of the epoch: process ids are reused, and two servers behind one pooler may share one. */
  readonly startedAt: string;
}

/** Reads a row of pg_stat_get_activity(). */
export const BACKEND_START = '(EXTRACT(EPOCH FROM backend_start) * 1000000)::bigint::text';

/** `$1` its process id, `$2` its start: one row while it exists on this server. */
export const ITS_ACTIVITY = `pg_catalog.pg_stat_get_activity($1) WHERE ${BACKEND_START} = $2`;

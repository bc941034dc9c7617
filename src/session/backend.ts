/** Which server process holds the transaction, so that no other one is cancelled for it. */

export interface Backend {
  readonly processId: number;
  /** Microseconds of the epoch: process ids come again, and two servers behind one pooler have the same. */
  readonly startedAt: string;
}

/** Of a row of pg_stat_get_activity(). */
export const BACKEND_START = '(EXTRACT(EPOCH FROM backend_start) * 1000000)::bigint::text';

/** `$1` its process id, `$2` its start: one row when it is there, on this server. */
export const ITS_ACTIVITY = `pg_catalog.pg_stat_get_activity($1) WHERE ${BACKEND_START} = $2`;

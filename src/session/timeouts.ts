/** How long the server lets the session's transaction wait, work and stand idle. ms; 0 is no limit, as in PostgreSQL. */

export interface Timeouts {
  /** How long a lock is tried for, a fraction of a second at a time (locks.ts); 0: for ever. */
  readonly lockMs: number;
  /** statement_timeout of a build. Measured runs have the workload's own. */
  readonly statementMs: number;
  /** idle_in_transaction_session_timeout: after this the server rolls back by itself. */
  readonly idleMs: number;
}

/** No other client waits for the embedded server. */
export const EMBEDDED_TIMEOUTS: Timeouts = { lockMs: 5000, statementMs: 0, idleMs: 0 };
/** On a database of others' a forgotten explorer must not hold its locks for a night. */
export const NAMED_TIMEOUTS: Timeouts = { lockMs: 5000, statementMs: 0, idleMs: 30 * 60_000 };

/** The statements that set them. */
export function timeoutStatements({ lockMs, statementMs, idleMs }: Timeouts): string[] {
  return [
    `SET LOCAL lock_timeout = ${Math.round(lockMs)}`,
    `SET LOCAL statement_timeout = ${Math.round(statementMs)}`,
    `SET LOCAL idle_in_transaction_session_timeout = ${Math.round(idleMs)}`,
  ];
}

/** Rounds of one statement that writes, each rolled back: run times, rows and WAL. */
import { DatabaseError } from '../base/databaseError.ts';
import { median } from '../base/statistics.ts';
import { asUser } from '../database/guard.ts';
import type { Link } from '../database/link.ts';

export interface WriteRuns {
  /** Rows per second in each round, in order; including triggers of foreign keys. */
  readonly rowsPerSecond: readonly number[];
  /** Rows of all rounds together. */
  readonly rows: number;
  /** Median over the rounds; undefined with wal_level minimal, where an index built in this transaction writes no WAL. */
  readonly walBytesPerRow: number | undefined;
  /** Share of rows whose new version needed no index entry (HOT), in the first round, 0…1; undefined for INSERT. */
  readonly hot: number | undefined;
}

export interface WriteContext {
  readonly rounds: number;
  /** Whether wal_level is above minimal. */
  readonly countsWal: boolean;
  /** A longer round is stopped, ms. */
  readonly timeoutMs: number;
  /** Whether we asked for the stop. */
  readonly wasCancelled: () => boolean;
  readonly now: () => number;
}

/** Without timing of each node. */
const EXPLAIN = 'EXPLAIN (ANALYZE, BUFFERS, WAL, TIMING OFF, FORMAT JSON) ';

/**
 * @param sql By the round's number. @param first Number of the first round.
 * @param oid The table, whose counters show which updates were HOT.
 * @returns `reason` where the server refuses the statement.
 * @throws DatabaseError when we were cancelled.
 */
export async function writeRounds(
  link: Link,
  sql: (round: number) => string,
  first: number,
  oid: number,
  context: WriteContext,
): Promise<WriteRuns | { readonly reason: string }> {
  const runs: Round[] = [];
  for (let round = 0; round < context.rounds; round++) {
    try {
      const run = await undone(link, context, () => once(link, sql(first + round), oid));
      if (run.rows > 0 && run.ms > 0) runs.push(run);
    } catch (error) {
      if (!(error instanceof DatabaseError) || context.wasCancelled()) throw error;
      return { reason: error.message };
    }
  }
  const [one] = runs;
  if (one === undefined) return { reason: 'no rows to write' };
  return {
    rowsPerSecond: runs.map(({ rows, ms }) => (rows * 1000) / ms),
    rows: runs.reduce((sum, { rows }) => sum + rows, 0),
    walBytesPerRow: context.countsWal ? median(runs.map(({ rows, walBytes }) => walBytes / rows)) : undefined,
    hot: one.updated === 0 ? undefined : one.hot / one.updated,
  };
}

interface Round {
  readonly ms: number;
  readonly rows: number;
  readonly walBytes: number;
  readonly updated: number;
  readonly hot: number;
}

interface Explained {
  readonly Plan: {
    readonly 'WAL Bytes'?: number;
    readonly Plans?: readonly { readonly 'Actual Rows'?: number }[];
  };
  readonly 'Execution Time': number;
}

async function once(link: Link, sql: string, oid: number): Promise<Round> {
  const before = await counters(link, oid);
  const [answer] = await link.query(asUser(EXPLAIN + sql));
  const after = await counters(link, oid);
  const [explained] = (answer?.['QUERY PLAN'] ?? []) as readonly Explained[];
  return {
    ms: explained?.['Execution Time'] ?? 0,
    rows: explained?.Plan.Plans?.[0]?.['Actual Rows'] ?? 0,
    walBytes: explained?.Plan['WAL Bytes'] ?? 0,
    updated: after.updated - before.updated,
    hot: after.hot - before.hot,
  };
}

/** Counters of this transaction, which a rollback to a savepoint does not reset. */
async function counters(link: Link, oid: number): Promise<{ updated: number; hot: number }> {
  const [row] = await link.query(
    `SELECT coalesce(sum(pg_catalog.pg_stat_get_xact_tuples_updated(r.oid)), 0)::float8 AS updated,
            coalesce(sum(pg_catalog.pg_stat_get_xact_tuples_hot_updated(r.oid)), 0)::float8 AS hot
     FROM (SELECT $1::oid AS oid UNION SELECT relid FROM pg_catalog.pg_partition_tree($1::oid)) r`,
    [oid],
  );
  return { updated: Number(row?.updated), hot: Number(row?.hot) };
}

/** Runs `work` in its own savepoint and always rolls it back. */
export async function undone<T>(
  link: Link,
  { timeoutMs, wasCancelled }: WriteContext,
  work: () => Promise<T>,
): Promise<T> {
  if (wasCancelled()) throw new DatabaseError('cancelled', '57014');
  await link.query('SAVEPOINT writing');
  try {
    await link.query(`SET LOCAL statement_timeout = ${Math.max(1, Math.round(timeoutMs))}`);
    return await work();
  } finally {
    await link.batch(['ROLLBACK TO SAVEPOINT writing', 'RELEASE SAVEPOINT writing']);
  }
}

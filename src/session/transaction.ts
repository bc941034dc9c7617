/**
 * The one transaction of a session. At rest it always stands in an empty savepoint, `rest`:
 * whatever fails or is cancelled, at whatever moment, `ROLLBACK TO SAVEPOINT rest` brings it back with everything that
 * was built before. A probe happens inside `rest` and is rolled back to it; a build that succeeds moves `rest` behind
 * itself. A session never says COMMIT.
 */
import { KEEPALIVE } from '../database/keepalive.ts';
import { type Answer, connect, DatabaseError, type Link, type Row } from '../database/link.ts';
import type { ConnectionSettings } from '../database/types.ts';
import { PgoptError } from '../errors.ts';
import { BACKEND_START, type Backend } from './backend.ts';
import { setForAll } from './openingSettings.ts';
import type { SettingChoice } from './plannerSettings.ts';
import { sizeSetting } from './settingFacts.ts';
import { EMBEDDED_TIMEOUTS, type Timeouts, timeoutStatements } from './timeouts.ts';

export interface TransactionOptions {
  readonly timeouts?: Timeouts;
  /** Set for every query of the transaction. */
  readonly planner?: readonly SettingChoice[];
  /** Puts the ledger between the transaction and the server. */
  readonly record?: (link: Link) => Link;
}

/** The work connection's application_name. */
export const WORK = 'pgopt-explore work';
const BACK_TO_REST = 'ROLLBACK TO SAVEPOINT rest';

const BEGIN = 'BEGIN ISOLATION LEVEL REPEATABLE READ';

const FACTS = `SELECT pg_catalog.current_setting('server_version_num')::int AS number,
  pg_catalog.pg_backend_pid() AS pid, ${BACKEND_START} AS started
  FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid())`;

export class WorkTransaction {
  readonly link: Link;
  /** Behind a pooler the link's own start-up said something else: this is the one that holds the transaction. */
  readonly backend: Backend;

  private constructor(link: Link, backend: Backend) {
    this.link = link;
    this.backend = backend;
  }

  /**
   * Connects and begins.
   * @param workMemBytes The work_mem every query is planned and run with.
   * @throws PgoptError 'connection-refused', 'server-unsupported', 'session-refused' by a pooler, or 'usage' for what is not
   *   taken of `planner`; DatabaseError
   */
  static async open(
    settings: ConnectionSettings,
    workMemBytes: number,
    signal?: AbortSignal,
    { timeouts = EMBEDDED_TIMEOUTS, planner = [], record = (link: Link) => link }: TransactionOptions = {},
  ): Promise<WorkTransaction> {
    const link = record(await connect(settings, WORK, signal));
    // A network that swallows answers would hold us here for ever.
    const giveUp = () => void link.end(0);
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      signal?.throwIfAborted();
      const [begun, facts] = await link.batch([BEGIN, FACTS]);
      if (begun !== undefined && 'error' in begun) throw poolerRefusal(begun.error);
      const [row] = rowsOf(facts === undefined ? [] : [facts])[0] ?? [];
      const number = Number(row?.number);
      if (number < 130_000) {
        throw new PgoptError('server-unsupported', `the server is PostgreSQL ${Math.floor(number / 10_000)}`);
      }
      const own = settingsFor(number, workMemBytes, timeouts);
      if (planner.length > 0) {
        rowsOf(await link.batch(own));
        await setForAll(link, planner);
        rowsOf(await link.batch(['SAVEPOINT rest']));
      } else rowsOf(await link.batch([...own, 'SAVEPOINT rest']));
      return new WorkTransaction(link, { processId: Number(row?.pid), startedAt: String(row?.started) });
    } catch (error) {
      await link.end();
      throw error;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /**
   * Runs statements inside `rest`, one round trip, and undoes all they did. @throws DatabaseError the first one.
   * @param after Sent behind the roll-back, whatever became of them: for what a roll-back does not undo.
   */
  async probe(
    statements: readonly string[],
    after: readonly string[] = [],
  ): Promise<readonly (readonly Row[])[]> {
    const answers = await this.link.batch([...statements, BACK_TO_REST, ...after]);
    await this.recover();
    return rowsOf(answers.slice(0, statements.length));
  }

  /** Runs `work` inside `rest` and keeps what it did, unless it throws: then it is undone and rethrown. */
  async keep<T>(work: (link: Link) => Promise<T>): Promise<T> {
    let result: T;
    try {
      result = await work(this.link);
    } catch (error) {
      await this.link.batch([BACK_TO_REST]);
      await this.recover();
      throw error;
    }
    rowsOf(await this.link.batch(['RELEASE SAVEPOINT rest', 'SAVEPOINT rest']));
    await this.recover();
    return result;
  }

  /** Runs `work` inside `rest` and undoes what it did, whatever becomes of it. */
  async undone<T>(work: (link: Link) => Promise<T>): Promise<T> {
    try {
      return await work(this.link);
    } finally {
      await this.link.batch([BACK_TO_REST]);
      await this.recover();
    }
  }

  /** @param before As `after` of probe(). */
  async rollback(before: readonly string[] = []): Promise<void> {
    await this.link.batch([...before, 'ROLLBACK']);
  }

  /** A late cancel may have hit the roll-back itself: again, until the transaction is well. */
  private async recover(): Promise<void> {
    for (let attempt = 0; attempt < 5 && this.link.transactionStatus() === 'E'; attempt++) {
      await this.link.batch([BACK_TO_REST]);
    }
    if (this.link.transactionStatus() !== 'T') {
      throw new DatabaseError('the transaction is gone', '25P01');
    }
  }
}

function rowsOf(answers: readonly Answer[]): readonly (readonly Row[])[] {
  return answers.map(answer => {
    if ('error' in answer) throw answer.error;
    return answer.rows;
  });
}

const workMemKilobytes = (bytes: number): number => Math.max(64, Math.round(bytes / 1024));

/** What the server then says that it is. */
export const workMemSetting = (bytes: number): string => sizeSetting(workMemKilobytes(bytes));

/**
 * All of them LOCAL, and sent inside the transaction: a pooler may give each transaction another server connection, and
 * whoever gets ours next must not find our settings on it.
 */
function settingsFor(versionNumber: number, workMemBytes: number, timeouts: Timeouts): string[] {
  return [
    // The grammar that vets the files reads strings this way; the server must not read them otherwise.
    'SET LOCAL standard_conforming_strings = on',
    ...timeoutStatements(timeouts),
    `SET LOCAL work_mem = '${workMemKilobytes(workMemBytes)}kB'`,
    ...KEEPALIVE,
    ...(versionNumber >= 170_000 ? ['SET LOCAL transaction_timeout = 0'] : []),
    // So that a killed explorer's long-running query stops by itself (PostgreSQL 14 and newer).
    ...(versionNumber >= 140_000 ? ["SET LOCAL client_connection_check_interval = '2s'"] : []),
  ];
}

/** PgBouncer's statement mode takes no transactions at all. */
function poolerRefusal(error: DatabaseError): Error {
  if (!/statement pooling/.test(error.message)) return error;
  return new PgoptError(
    'session-refused',
    `a pooler in statement mode takes no transactions (${error.message})`,
    {
      next: 'connect to the server directly, or to a pool in session or transaction mode',
    },
  );
}

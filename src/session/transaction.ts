/**
 * The one transaction of a session. At rest it always stands in an empty savepoint, `rest`:
 * whatever fails or is cancelled, at whatever moment, `ROLLBACK TO SAVEPOINT rest` brings it back with everything that
 * was built before. A probe happens inside `rest` and is rolled back to it; a build that succeeds moves `rest` behind
 * itself. There is no COMMIT in this program.
 */
import { KEEPALIVE } from '../database/keepalive.ts';
import { type Answer, connect, DatabaseError, type Link, type Row } from '../database/link.ts';
import type { ConnectionSettings } from '../database/types.ts';
import { PgoptError } from '../errors.ts';

/** The work connection's application_name. */
export const WORK = 'pgopt-explore work';
const BACK_TO_REST = 'ROLLBACK TO SAVEPOINT rest';

export class WorkTransaction {
  readonly link: Link;

  private constructor(link: Link) {
    this.link = link;
  }

  /**
   * Connects and begins.
   * @param workMemBytes The work_mem every query is planned and run with.
   * @throws PgoptError 'connection-refused' or 'server-unsupported'
   */
  static async open(
    settings: ConnectionSettings,
    workMemBytes: number,
    signal?: AbortSignal,
  ): Promise<WorkTransaction> {
    const link = await connect(settings, WORK, signal);
    // A network that swallows answers would hold us here for ever.
    const giveUp = () => void link.end(0);
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      signal?.throwIfAborted();
      const [version] = await link.query("SELECT current_setting('server_version_num')::int AS number");
      const number = Number(version?.number);
      if (number < 130_000) {
        throw new PgoptError('server-unsupported', `the server is PostgreSQL ${Math.floor(number / 10_000)}`);
      }
      const answers = await link.batch([
        // The grammar that vets the files reads strings this way; the server must not read them otherwise.
        'SET standard_conforming_strings = on',
        "SET lock_timeout = '5s'",
        'SET statement_timeout = 0',
        'SET idle_in_transaction_session_timeout = 0',
        `SET work_mem = '${Math.max(64, Math.round(workMemBytes / 1024))}kB'`,
        ...KEEPALIVE,
        // So that a killed explorer's long-running query stops by itself (PostgreSQL 14 and newer).
        ...(number >= 170_000 ? ['SET transaction_timeout = 0'] : []),
        ...(number >= 140_000 ? ["SET client_connection_check_interval = '2s'"] : []),
        'BEGIN ISOLATION LEVEL REPEATABLE READ',
        'SAVEPOINT rest',
      ]);
      rowsOf(answers);
      return new WorkTransaction(link);
    } catch (error) {
      await link.end();
      throw error;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /** Runs statements inside `rest`, one round trip, and undoes all they did. @throws DatabaseError the first one. */
  async probe(statements: readonly string[]): Promise<readonly (readonly Row[])[]> {
    const answers = await this.link.batch([...statements, BACK_TO_REST]);
    await this.recover();
    return rowsOf(answers.slice(0, -1));
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

  async rollback(): Promise<void> {
    await this.link.batch(['ROLLBACK']);
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

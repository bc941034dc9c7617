/**
 * One connection to a server. Every statement travels alone in the extended protocol (the server itself refuses a
 * second one riding along) and several statements share one round trip (pipelining).
 */
import pg from 'pg';
import { DatabaseError } from '../base/databaseError.ts';
import { PgoptError } from '../base/errors.ts';
import { connectionFailure } from './failure.ts';
import { guarded, PLAIN_SCOPE, type Sql, textOf, type UserScope } from './guard.ts';
import { openClient } from './open.ts';
import type { ConnectionSettings } from './proposalObject.ts';

export type Row = Readonly<Record<string, unknown>>;

/** What a server answered to one statement of a batch. */
export type Answer = { readonly rows: readonly Row[] } | { readonly error: DatabaseError };

export interface Link {
  /**
   * Sends all at once; answers come in the same order. Rejects only when the connection is lost.
   * @param answered Called with each answer as it comes.
   */
  batch(statements: readonly Sql[], answered?: (index: number, answer: Answer) => void): Promise<Answer[]>;
  /** @throws DatabaseError */
  query(sql: Sql, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** What `asUser` text runs under (guard.ts). */
  userScope: UserScope;
  /** 'I' idle, 'T' in a transaction, 'E' in a failed one; as of the last answer. */
  transactionStatus(): string | null;
  /** A statement was sent whose answer has not come yet. */
  isWaiting(): boolean;
  /** Set when the connection is gone without our having ended it. */
  readonly lost: Promise<string>;
  /** Says goodbye; at most `graceMs`, then the socket is closed hard. */
  end(graceMs?: number): Promise<void>;
}

/** Errors after which a connection has nothing more to say (class 08, shutdown, crash). */
export const FATAL = /^(08|57P0)/;

/**
 * A connection behind the gate (guard.ts): our own statements never see the database's search_path.
 * @param record Writes down what is sent, the gate's own statements too.
 * @throws PgoptError 'connection-refused' without the password in it, 'cancelled' when `signal` was aborted.
 */
export async function connect(
  settings: ConnectionSettings,
  applicationName: string,
  signal?: AbortSignal,
  record = (link: Link): Link => link,
): Promise<Link> {
  return guarded(record(await connectTrusted(settings, applicationName, signal)));
}

/** Without the gate, for a database of our own making. @throws as connect() */
export async function connectTrusted(
  settings: ConnectionSettings,
  applicationName: string,
  signal?: AbortSignal,
): Promise<Link> {
  let ending = false;
  let lose: (reason: string) => void = () => undefined;
  const lost = new Promise<string>(resolve => {
    lose = reason => {
      if (!ending) resolve(reason);
    };
  });
  const client = await openClient(settings, applicationName, signal).catch((error: unknown) => {
    if (signal?.aborted === true) throw new PgoptError('cancelled', 'interrupted while connecting');
    throw connectionFailure(error, settings);
  });
  client.on('error', error => lose(error.message));
  client.on('end', () => lose('the server closed the connection'));
  let unanswered = 0;
  const send = async (text: string, values?: readonly unknown[]): Promise<Answer> => {
    unanswered++;
    try {
      const result = await client.query({
        text,
        values: values === undefined ? [] : [...values],
        queryMode: 'extended',
      } as pg.QueryConfig);
      return { rows: result.rows as Row[] };
    } catch (error) {
      const { message, detail, hint, position } = error as pg.DatabaseError;
      // What is not the server's own word (ECONNRESET, EPIPE, a goodbye) is the end of the connection.
      const code = (error instanceof pg.DatabaseError ? error.code : undefined) ?? '08006';
      if (FATAL.test(code)) lose(message);
      return {
        error: new DatabaseError(message, code, {
          detail,
          hint,
          position: position === undefined ? undefined : Number(position),
        }),
      };
    } finally {
      unanswered--;
    }
  };
  return {
    batch: (statements, answered) => {
      // One write for all: else each statement is a system call of its own.
      const { stream } = client.connection;
      stream.cork();
      const answers = statements.map(async (sql, index) => {
        const answer = await send(textOf(sql));
        answered?.(index, answer);
        return answer;
      });
      stream.uncork();
      return Promise.all(answers);
    },
    userScope: PLAIN_SCOPE,
    query: async (sql, values) => {
      const answer = await send(textOf(sql), values);
      if ('error' in answer) throw answer.error;
      return answer.rows;
    },
    transactionStatus: () => client.getTransactionStatus(),
    isWaiting: () => unanswered > 0,
    lost,
    end: async (graceMs = 1000) => {
      ending = true;
      const hard = setTimeout(() => client.connection.stream.destroy(), graceMs);
      await client.end().catch(() => undefined);
      clearTimeout(hard);
    },
  };
}

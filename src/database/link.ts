/**
 * One connection to a server. Every statement is sent alone in the extended protocol, so the server itself refuses a
 * second one hidden in it. Several statements share one round trip (pipelining).
 */
import pg from 'pg';
import { DatabaseError } from '../base/databaseError.ts';
import { PgoptError } from '../base/errors.ts';
import type { ConnectionSettings } from './connectionSettings.ts';
import { connectionFailure } from './failure.ts';
import { guarded, PLAIN_SCOPE, type Sql, textOf, type UserScope } from './guard.ts';
import { openClient } from './open.ts';

export type Row = Readonly<Record<string, unknown>>;

export type Answer = { readonly rows: readonly Row[] } | { readonly error: DatabaseError };

export interface Link {
  /**
   * Sends all at once; answers keep the order. Rejects only when the connection is lost.
   * @param answered Called with each answer as it arrives.
   */
  batch(statements: readonly Sql[], answered?: (index: number, answer: Answer) => void): Promise<Answer[]>;
  /** @throws DatabaseError */
  query(sql: Sql, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** The scope of `asUser` text (guard.ts). */
  userScope: UserScope;
  /** 'I' idle, 'T' in a transaction, 'E' in a failed one; as of the last answer. */
  transactionStatus(): string | null;
  isWaiting(): boolean;
  /** Resolves with the reason when the connection is lost without our having ended it. */
  readonly lost: Promise<string>;
  /** Says goodbye; after `graceMs` at most it destroys the socket. */
  end(graceMs?: number): Promise<void>;
}

/** Errors after which a connection is dead (class 08, shutdown, crash). */
export const FATAL = /^(08|57P0)/;

/**
 * A connection behind the gate (guard.ts): our own statements never see the database's search_path.
 * @param record Records the sent statements, including the gate's own.
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

/** Runs `work`, and ends the link if that fails or `signal` is aborted: a silent network would block it for ever. */
export async function endingOnFailure<T>(
  link: Link,
  signal: AbortSignal | undefined,
  graceMs: number,
  work: () => Promise<T>,
): Promise<T> {
  const giveUp = () => void link.end(0);
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    return await work();
  } catch (error) {
    await link.end(graceMs);
    throw error;
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
}

/** Without the gate, for a database that the program itself created. @throws as connect() */
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
      // An error that is not the server's (ECONNRESET, EPIPE) means the end of the connection.
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
      // One write for all: otherwise each statement is its own system call.
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

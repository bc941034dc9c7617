/** The control connection: watches the work connection's progress and cancels its statements, outside the transaction. */
import { DatabaseError } from '../base/databaseError.ts';
import { PgoptError } from '../base/errors.ts';
import type { ConnectionSettings } from '../database/connectionSettings.ts';
import type { Sql } from '../database/guard.ts';
import { connect, endingOnFailure, FATAL, type Link, type Row } from '../database/link.ts';
import { type Backend, ITS_ACTIVITY } from './backend.ts';
import { LOCKS, type LockStatus, lockStatusOf, WAITING, WAITING_FOR } from './lockStatus.ts';
import { type Blocker, blockersOf, blockersSql, type TableLock } from './locks.ts';
import { WorkTransaction } from './transaction.ts';
import { type OtherTransaction, otherTransactionsOf, otherTransactionsSql } from './unusable.ts';
import { type Outside, outsideOf } from './verify.ts';

interface BuildProgress {
  /** The server's own phase: `building index: scanning table`. */
  readonly phase: string;
  /** Finished share of this statement, 0…1. */
  readonly fraction: number;
}

export interface WorkState {
  /** It waits for us: for a statement, for the rest of one, or until we read its answer. */
  readonly isIdle: boolean;
  /** When that began, as the server prints it. */
  readonly since: string;
}

/** A control request is trivial for the server: a longer one has lost its connection. */
export const PATIENCE_MS = 2000;
/** A pooler may first have to open a connection to the server. */
const FIRST_PATIENCE_MS = 5000;

interface ControlOptions {
  /** Aborts the connecting. */
  readonly signal?: AbortSignal | undefined;
  /** Puts the ledger between us and the server. */
  readonly record?: (link: Link) => Link;
  readonly patienceMs?: number;
}

export class Control {
  /** The cancel that is under way. The next statement waits for it, or it would hit that one. */
  private sending: Promise<unknown> = Promise.resolve();
  private asking = false;
  private renewing: Promise<void> | undefined;
  private closed = false;

  private constructor(
    private link: Link,
    private readonly settings: ConnectionSettings,
    private readonly work: Backend,
    private readonly onBroken: () => void,
    private readonly record: (link: Link) => Link,
    private readonly patienceMs: number,
  ) {}

  /**
   * @param onBroken Called when no control connection can be opened any more.
   * @throws PgoptError 'connection-refused', 'session-refused' or 'cancelled'; DatabaseError
   */
  static async open(
    settings: ConnectionSettings,
    work: Backend,
    onBroken: () => void,
    { signal, record = link => link, patienceMs = PATIENCE_MS }: ControlOptions = {},
  ): Promise<Control> {
    const link = await connectControl(settings, record, signal);
    await endingOnFailure(link, signal, 0, () => requireSight(link, work));
    return new Control(link, settings, work, onBroken, record, patienceMs);
  }

  /**
   * The state of the work connection's server process; undefined when the process is gone.
   * @throws when the server does not answer.
   */
  async workState(): Promise<WorkState | undefined> {
    const [row] = await this.request(
      `SELECT a.state LIKE 'idle%' OR a.wait_event_type = 'Client' AS waits, a.state_change::text AS since FROM pg_catalog.pg_stat_activity a
       WHERE a.pid = (SELECT pid FROM ${ITS_ACTIVITY})`,
    );
    if (row === undefined) return undefined;
    return { isIdle: row.waits === true, since: String(row.since) };
  }

  /** Terminates the work connection's process, which may never notice a lost network. Never throws. */
  async endWork(): Promise<void> {
    await this.request(`SELECT pg_catalog.pg_terminate_backend(pid) FROM ${ITS_ACTIVITY}`).catch(() => []);
  }

  /** Asks the server to cancel the work connection's statement (SQLSTATE 57014 arrives there). Never throws. */
  cancelWork(): void {
    const sent = this.request(`SELECT pg_catalog.pg_cancel_backend(pid) FROM ${ITS_ACTIVITY}`).catch(() =>
      this.onBroken(),
    );
    this.sending = this.sending.then(() => sent);
  }

  /** Resolves when no cancel is under way. */
  async settled(): Promise<void> {
    await this.sending;
  }

  /** undefined while no CREATE INDEX runs, or when the server does not report it. Never throws. */
  async buildProgress(): Promise<BuildProgress | undefined> {
    if (this.asking) return undefined;
    this.asking = true;
    const rows = await this.request(
      `SELECT phase, blocks_total::float8, blocks_done::float8, tuples_total::float8, tuples_done::float8
       FROM pg_catalog.pg_stat_progress_create_index
       WHERE pid = (SELECT pid FROM ${ITS_ACTIVITY})`,
    ).catch(() => []);
    this.asking = false;
    const [row] = rows;
    if (row === undefined) return undefined;
    const share = (done: unknown, total: unknown) =>
      Number(total) > 0 ? Math.min(1, Number(done) / Number(total)) : 0;
    return {
      phase: String(row.phase),
      fraction: fractionOf(
        String(row.phase),
        share(row.blocks_done, row.blocks_total),
        share(row.tuples_done, row.tuples_total),
      ),
    };
  }

  /** Locks of the transaction and the sessions that wait for it; undefined when the server does not report them. Never throws. */
  async lockStatus(): Promise<LockStatus | undefined> {
    try {
      const locks = await this.request(LOCKS);
      const waiting = await this.request(WAITING);
      return lockStatusOf(locks, waiting, await this.request(WAITING_FOR));
    } catch {
      return undefined;
    }
  }

  /** Runs `use` in a short transaction beside the session's and rolls it back. The connection sends nothing else meanwhile. */
  async aside<T>(work: WorkTransaction, use: (aside: WorkTransaction) => Promise<T>): Promise<T> {
    const aside = await WorkTransaction.borrow(this.link, work);
    try {
      return await use(aside);
    } finally {
      await aside.rollback();
    }
  }

  /** Transactions of other sessions that still see old rows, the oldest first. Never throws. */
  async olderTransactions(): Promise<OtherTransaction[]> {
    return this.ask(otherTransactionsSql(this.work.processId)).then(otherTransactionsOf, () => []);
  }

  /** Sessions that hold the locks that the work connection did not get. Never throws. */
  async blockers(locks: readonly TableLock[]): Promise<Blocker[]> {
    return this.ask(blockersSql(locks, this.work.processId)).then(blockersOf, () => []);
  }

  /** Whether another session waits for a row that the work connection has locked. Never throws. */
  async isRowWaitedFor(): Promise<boolean> {
    const rows = await this.request(
      `SELECT FROM pg_catalog.pg_locks w WHERE NOT w.granted AND w.locktype IN ('transactionid', 'tuple')
       AND (SELECT pid FROM ${ITS_ACTIVITY}) = ANY (pg_catalog.pg_blocking_pids(w.pid)) LIMIT 1`,
    ).catch(() => []);
    return rows.length > 0;
  }

  /** What others see of the transaction (verify.ts); undefined when the server does not report it. Never throws. */
  async outside(sql: string): Promise<Outside | undefined> {
    return this.request(sql).then(
      rows => outsideOf(rows[0]),
      () => undefined,
    );
  }

  /** Sends any statement. @throws DatabaseError the server's refusal; PgoptError 'connection-lost' */
  async ask(sql: Sql, values: readonly unknown[] = []): Promise<readonly Row[]> {
    const isAnswer = (error: unknown) => error instanceof DatabaseError && !FATAL.test(error.code);
    return this.repeated(sql, values, isAnswer).catch((cause: unknown) => {
      if (this.closed || isAnswer(cause)) throw cause;
      const message = 'the server does not answer on the control connection';
      throw new PgoptError('connection-lost', message, { cause });
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.link.end(300);
  }

  /** @param text With the parameters of ITS_ACTIVITY. */
  private request(text: string): Promise<readonly Row[]> {
    return this.repeated(text, [this.work.processId, this.work.startedAt], () => false);
  }

  /** Sends it again over a new connection if this one is gone or silent: a firewall may have dropped it. */
  private async repeated(
    sql: Sql,
    values: readonly unknown[],
    isAnswer: (error: unknown) => boolean,
  ): Promise<readonly Row[]> {
    const { link } = this;
    try {
      return await within(link.query(sql, values), this.patienceMs);
    } catch (error) {
      if (this.closed || isAnswer(error)) throw error;
    }
    if (this.link === link) await this.renew();
    return within(this.link.query(sql, values), this.patienceMs);
  }

  /** Requests at the same time share one new connection: a second one would never be closed. */
  private renew(): Promise<void> {
    this.renewing ??= (async () => {
      void this.link.end(0);
      try {
        this.link = await connectControl(this.settings, this.record, AbortSignal.timeout(this.patienceMs));
        if (this.closed) await this.link.end(0);
      } finally {
        this.renewing = undefined;
      }
    })();
    return this.renewing;
  }
}

const connectControl = (
  settings: ConnectionSettings,
  record: (link: Link) => Link,
  signal?: AbortSignal,
): Promise<Link> => connect(settings, 'pgopt-explore control', signal, record);

/** Behind a pooler a second connection may get no server connection at all, or one to another server. */
async function requireSight(link: Link, { processId, startedAt }: Backend): Promise<void> {
  const asked = link.query(`SELECT pid FROM ${ITS_ACTIVITY}`, [processId, startedAt]);
  const seen = await within(asked, FIRST_PATIENCE_MS).catch((error: unknown) => {
    if (!(error instanceof NoAnswer)) throw error;
    throw new PgoptError(
      'session-refused',
      'the second connection gets no answer while the first one works',
      {
        next: 'a pool must have room for two (pool_size), or connect to the server directly',
      },
    );
  });
  if (seen.length === 1) return;
  throw new PgoptError('session-refused', 'two connections lead to different servers', {
    next: 'connect to one server directly, not to a pool or proxy in front of several',
  });
}

class NoAnswer extends Error {}

async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer('no answer')), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** PostgreSQL reports each phase from 0 to 1. Scanning takes about 60 % of a B-tree build, sorting 15 %, loading the rest. */
export function fractionOf(phase: string, blocks: number, tuples: number): number {
  if (phase.includes('loading')) return 0.75 + 0.25 * tuples;
  if (phase.includes('sorting')) return 0.6 + 0.15 * tuples;
  if (phase.includes('scanning')) return 0.6 * blocks;
  return 0;
}

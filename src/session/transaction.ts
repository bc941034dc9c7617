/**
 * The one transaction of a session. At rest it stands in an empty savepoint, `rest`. After any failure or cancel,
 * `ROLLBACK TO SAVEPOINT rest` restores it with everything built before. A probe runs inside `rest` and is rolled back;
 * a successful build moves `rest` behind itself. A session never says COMMIT.
 */
import { DatabaseError } from '../base/databaseError.ts';
import { PgoptError } from '../base/errors.ts';
import type { ConnectionSettings } from '../database/connectionSettings.ts';
import type { Sql, UserScope } from '../database/guard.ts';
import { type Answer, connect, endingOnFailure, type Link, type Row } from '../database/link.ts';
import { BACKEND_START, type Backend } from './backend.ts';
import type { Engine } from './engines/engine.ts';
import { EXTENSIONS, engineOf } from './engines/engines.ts';
import type { SessionSetting } from './events.ts';
import { attemptMs, type TableLock, takeLocks, waitAtMost } from './locks.ts';
import { EMBEDDED_TIMEOUTS, type Timeouts } from './options.ts';
import { inScope, type RoleScope, scopeOfRole } from './role.ts';
import { applySettings } from './settingFacts.ts';

interface TransactionOptions {
  readonly timeouts?: Timeouts | undefined;
  readonly planner?: readonly SessionSetting[];
  /** Puts the ledger between the transaction and the server. */
  readonly record?: (link: Link) => Link;
}

interface ProbeOptions {
  /** Sent after the rollback in any case, for changes that a rollback does not undo. */
  readonly after?: readonly string[];
  readonly locks?: readonly TableLock[];
  /** Called once the locks are taken; an error ends the probe. */
  readonly admit?: ((link: Link) => Promise<void>) | undefined;
  /** Scope of the user's text: `queries` is the one that queries run under. */
  readonly scope?: 'plain' | 'queries';
}

const WORK = 'pgopt-explore work';
const BACK_TO_REST = 'ROLLBACK TO SAVEPOINT rest';

const BEGIN = 'BEGIN ISOLATION LEVEL REPEATABLE READ';

const FACTS = `SELECT pg_catalog.current_setting('server_version_num')::int AS number,
  (SELECT setting::int FROM pg_catalog.pg_settings WHERE name = 'deadlock_timeout') AS "deadlockMs",
  ${EXTENSIONS} AS extensions, pg_catalog.pg_backend_pid() AS pid, ${BACKEND_START} AS started
  FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid())`;

export class WorkTransaction {
  /** The role that queries run as, and the schema of the session's views. */
  role: { readonly scope: RoleScope; readonly ownSchema: string } | undefined;
  /** Sent before a statement that may wait for a lock. */
  private readonly waitBriefly: string;

  /**
   * @param backend The server process that holds the transaction: behind a pooler the link's start-up named another.
   * @param attempt Duration of one attempt to get a lock, ms.
   */
  private constructor(
    readonly link: Link,
    readonly backend: Backend,
    readonly attempt: number,
    readonly engine: Engine,
  ) {
    this.waitBriefly = engine.waitFor(waitAtMost(attempt));
  }

  /**
   * Connects and begins.
   * @throws PgoptError 'connection-refused', 'server-unsupported', 'session-refused' by a pooler, or 'usage' for a
   *   setting in `planner` that the server refuses; DatabaseError
   */
  static async open(
    settings: ConnectionSettings,
    signal?: AbortSignal,
    { timeouts = EMBEDDED_TIMEOUTS, planner = [], record = (link: Link) => link }: TransactionOptions = {},
  ): Promise<WorkTransaction> {
    const link = await connect(settings, WORK, signal, record);
    return endingOnFailure(link, signal, 1000, async () => {
      signal?.throwIfAborted();
      // Sent alone: if a pooler refuses it, later statements would run outside any transaction.
      const [begun] = await link.batch([BEGIN]);
      if (begun !== undefined && 'error' in begun) throw poolerRefusal(begun.error);
      const [row] = rowsOf(await link.batch([FACTS])).flat();
      const number = Number(row?.number);
      if (number < 130_000) {
        throw new PgoptError('server-unsupported', `the server is PostgreSQL ${Math.floor(number / 10_000)}`);
      }
      const engine = await engineOf(link, row?.extensions);
      const attempt = attemptMs(Number(row?.deadlockMs));
      const own = [...engine.opening, ...settingsFor(number, { ...timeouts, lockMs: attempt })];
      if (planner.length > 0) {
        rowsOf(await link.batch(own));
        await applySettings(link, planner);
        rowsOf(await link.batch(['SAVEPOINT rest']));
      } else rowsOf(await link.batch([...own, 'SAVEPOINT rest']));
      const backend = { processId: Number(row?.pid), startedAt: String(row?.started) };
      return new WorkTransaction(link, backend, attempt, engine);
    });
  }

  /** A short transaction on another connection, for work without a trace in the session's. Roll it back. */
  static async borrow(link: Link, { backend, attempt, engine }: WorkTransaction): Promise<WorkTransaction> {
    const opening = [...engine.opening, 'SET LOCAL standard_conforming_strings = on'];
    rowsOf(await link.batch([BEGIN, ...opening, 'SAVEPOINT rest']));
    return new WorkTransaction(link, backend, attempt, engine);
  }

  /** Runs statements inside `rest`, in one round trip, and undoes them. @throws DatabaseError the first one. */
  async probe(
    statements: readonly Sql[],
    { after = [], locks = [], admit, scope = 'plain' }: ProbeOptions = {},
  ): Promise<readonly (readonly Row[])[]> {
    const { link } = this;
    if (locks.length > 0 || admit !== undefined)
      await this.undoing(async () => {
        await takeLocks(link, locks);
        await admit?.(link);
      });
    const under = scope === 'queries' ? this.queryScope : link.userScope;
    const sent = [this.waitBriefly, ...statements, BACK_TO_REST, ...after];
    const answers = await inScope(link, under, () => link.batch(sent));
    await this.recover();
    return rowsOf(answers.slice(0, 1 + statements.length)).slice(1);
  }

  get queryScope(): UserScope {
    const { role, link } = this;
    return role === undefined ? link.userScope : scopeOfRole(link.userScope, role.scope, role.ownSchema);
  }

  /** Runs `work` inside `rest` and keeps the result. If `work` throws, its changes are undone. */
  async keep<T>(work: (link: Link) => Promise<T>): Promise<T> {
    const result = await this.undoing(async link => {
      await link.query(this.waitBriefly);
      return work(link);
    });
    rowsOf(await this.link.batch(['RELEASE SAVEPOINT rest', 'SAVEPOINT rest']));
    await this.recover();
    return result;
  }

  /** Undoes changes inside `rest` when `work` throws. */
  private async undoing<T>(work: (link: Link) => Promise<T>): Promise<T> {
    const { userScope } = this.link;
    try {
      return await work(this.link);
    } catch (error) {
      this.link.userScope = userScope;
      await this.link.batch([BACK_TO_REST]);
      await this.recover();
      throw error;
    }
  }

  /** Runs `work` inside `rest` and always undoes its changes. */
  async undone<T>(work: (link: Link) => Promise<T>): Promise<T> {
    try {
      return await work(this.link);
    } finally {
      await this.link.batch([BACK_TO_REST]);
      await this.recover();
    }
  }

  /** @param before Sent first, for changes that a rollback does not undo. */
  async rollback(before: readonly string[] = []): Promise<void> {
    await this.link.batch([...before, 'ROLLBACK']);
  }

  /** A late cancel may have hit the rollback itself, so repeat it until the transaction is well. */
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

/**
 * The server notices within a minute that we are unreachable, not after Linux's two hours: until then it would keep the
 * transaction, its locks and its builds. No effect on a Unix socket, which needs none.
 */
const KEEPALIVE: readonly string[] = [
  'SET LOCAL tcp_keepalives_idle = 30',
  'SET LOCAL tcp_keepalives_interval = 10',
  'SET LOCAL tcp_keepalives_count = 3',
];

/**
 * All of them LOCAL, and sent inside the transaction: a pooler may give each transaction another server connection, and
 * its next client must not find our settings.
 */
function settingsFor(versionNumber: number, { lockMs, statementMs, idleMs }: Timeouts): string[] {
  return [
    // The grammar that checks the files reads strings this way; the server must read them the same way.
    'SET LOCAL standard_conforming_strings = on',
    `SET LOCAL lock_timeout = ${Math.round(lockMs)}`,
    `SET LOCAL statement_timeout = ${Math.round(statementMs)}`,
    `SET LOCAL idle_in_transaction_session_timeout = ${Math.round(idleMs)}`,
    ...KEEPALIVE,
    ...(versionNumber >= 170_000 ? ['SET LOCAL transaction_timeout = 0'] : []),
    // The long query of a killed explorer then stops by itself (PostgreSQL 14 and newer).
    ...(versionNumber >= 140_000 ? ["SET LOCAL client_connection_check_interval = '2s'"] : []),
  ];
}

/** PgBouncer's statement mode allows no transactions. */
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

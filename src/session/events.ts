/**
 * Events that a session emits. Each type is `noun:verb`, past tense or present participle. Listeners know nothing else
 * about the session; the same events drive the screen, `check` and the tests.
 */

import type { PgoptError } from '../base/errors.ts';
import type { TableFacts } from '../database/catalog.ts';
import type { LoadEvent } from '../database/connectionSettings.ts';
import type { IndexFacts } from '../database/indexes.ts';
import type { Plan } from '../plan/plan.ts';
import type { SettingChoice } from '../workload/plannerSettings.ts';
import type { Workload, WriteReasons } from '../workload/workload.ts';
import type { AnswerCheck } from './answers.ts';
import type { BackgroundAnswer, BackgroundTask } from './backgroundTasks.ts';
import type { ConfigurationKey } from './configuration.ts';
import type { ProposalCost } from './cost.ts';
import type { LedgerEntry } from './ledger.ts';
import type { LockStatus } from './lockStatus.ts';
import type { SettingFact } from './settingFacts.ts';
import type { Verified } from './verify.ts';

export type TableFact = TableFacts;
export type IndexFact = IndexFacts;

export type { SettingChoice } from '../workload/plannerSettings.ts';
export type { AnswerCheck, Cells } from './answers.ts';
export type { BackgroundAnswer, BackgroundTask } from './backgroundTasks.ts';
export type { SettingFact } from './settingFacts.ts';
export type { Forced, Unused } from './whyUnused.ts';

/** An object that a proposal created, or an index that it would drop, read back from the catalog. */
export interface BuiltObject {
  readonly kind: 'index' | 'materialized view' | 'statistics';
  readonly name: string;
  /** The table (or view) the object is on; for a view its own name. */
  readonly table: string;
  readonly bytes: number;
  /** Some part could not be read, so `bytes` is a lower bound. */
  readonly atLeast?: true;
  /** Rows of `table` (pg_class.reltuples after the build), the starting point of a projection. */
  readonly rows: number;
  /** False when pg_index.indcheckxmin hides it from this whole transaction: built, but unusable until committed. */
  readonly usable: boolean;
  /** Partitions without it: PostgreSQL skips foreign tables. */
  readonly skipped?: readonly string[];
  /** It existed before: the proposal would remove it. */
  readonly existing?: true;
  /** Tables or partitions whose queries cannot use it; undefined where it is usable. */
  readonly unusableOn?: readonly string[];
}

/** Objects that a proposal adds. */
export const addedOf = (built: Pick<BuiltProposal, 'objects'> | undefined): readonly BuiltObject[] =>
  (built?.objects ?? []).filter(({ existing }) => existing !== true);

/** Objects that a proposal would remove. */
export const removedOf = (built: Pick<BuiltProposal, 'objects'> | undefined): readonly BuiltObject[] =>
  (built?.objects ?? []).filter(({ existing }) => existing === true);

export const bytesOf = (objects: readonly { readonly bytes: number }[]): number =>
  objects.reduce((sum, { bytes }) => sum + bytes, 0);

export interface BuiltProposal {
  readonly buildMs: number;
  /** Size of the added objects; if there are none, of the removed ones. */
  readonly bytes: number;
  /** HypoPG estimates its plans and its size, because it cannot be built. `buildMs` is meaningless then. */
  readonly hypothetical?: true;
  /** The database is a lens: nothing was built, and sizes are calculated for production. */
  readonly projected?: true;
  readonly objects: readonly BuiltObject[];
  /** The database has all of it already: a clause that names the objects. `objects` is empty then. */
  readonly inPlace?: string | undefined;
  /** Parts that are missing, or whose size is a lower bound; a clause. */
  readonly note?: string | undefined;
  /** Why this transaction cannot use it and what to do, a clause; undefined where it can. */
  readonly unusable?: string | undefined;
  /** Cost for writers; undefined without `writeCost`. */
  readonly cost?: ProposalCost | undefined;
}

export interface Measurement {
  /** Planning + execution of each run with TIMING OFF, ms, in order. Empty when the query timed out. */
  readonly runsMs: readonly number[];
  /** Median of runsMs, ms; undefined when the query timed out. */
  readonly medianMs: number | undefined;
  /** Set when a run was stopped at the timeout: the query takes longer than this, ms. */
  readonly timedOutAfterMs: number | undefined;
  /** The tree with actual rows, times and buffers (one run with TIMING ON); undefined when that run timed out. */
  readonly tree: Plan | undefined;
}

/** The database that a lens was made of. */
export interface LensFacts {
  /** `shop, PostgreSQL 15.4, of 2026-11-24` */
  readonly of: string;
  /** Parts of the database that the lens lacks or changed; sentences for display. */
  readonly hidden: readonly { readonly what: string; readonly why: string }[];
}

/** Faults in the workload's files, and those that the server's catalog adds. */
export const problemsOf = (
  { problems }: Workload,
  opened: { readonly refusals?: readonly PgoptError[] | undefined } | undefined,
): readonly PgoptError[] => [...problems, ...(opened?.refusals ?? [])];

export type SessionEvent =
  /** The transaction is open. First event, once. */
  | {
      readonly type: 'session:opened';
      readonly serverVersion: string;
      readonly database: string;
      readonly user: string;
      /** 'catalog': by pg_index.indisvalid, no lock; 'drop': dropped in the savepoint; 'lens': as 'catalog'. */
      readonly hiding: 'catalog' | 'drop' | 'lens';
      /** Epoch ms of BEGIN by our clock. */
      readonly openedAt: number;
      /** The database is a lens of another one: queries are planned, never run. */
      readonly lens?: LensFacts | undefined;
      /** Why this server takes no builds (a standby …); undefined where it does. */
      readonly cannotBuild?: string | undefined;
      /** Texts that are never sent, because they reach a refused function. */
      readonly refusals?: readonly PgoptError[] | undefined;
      /** The role that queries run as, if not `user`, and its settings that cannot be applied here; clauses. */
      readonly role?: { readonly name: string; readonly missing: readonly string[] } | undefined;
      /** Tables of the queries whose row security does not bind the role that runs them. */
      readonly rowSecurityBypassed?: readonly string[] | undefined;
      /** Query id → its functions that run queries of their own, whose plans EXPLAIN does not show. */
      readonly hiddenPlans?: ReadonlyMap<string, readonly string[]> | undefined;
      /** With `writeCost`. */
      readonly writing?: WriteReasons | undefined;
      /** Version of the extension HypoPG, where it is installed and the role may use it. */
      readonly hypopg?: string | undefined;
      /** Table → its columns in order; at most 20,000 columns in total. */
      readonly columns?: Readonly<Record<string, readonly string[]>> | undefined;
      readonly tables: readonly TableFact[];
      /** Indexes that existed when the session opened. */
      readonly indexes: readonly IndexFact[];
      /** Proposal → its indexes' likeness to existing ones (a copy, a prefix); clauses without a subject. */
      readonly likeness?: ReadonlyMap<string, readonly string[]> | undefined;
      /** Proposal → the existing objects that make it complete already, a clause. */
      readonly inPlace?: ReadonlyMap<string, string> | undefined;
      /** Settings that the session applies to all queries, baseline included. */
      readonly settings?: readonly SessionSetting[] | undefined;
    }
  | { readonly type: 'build:queued'; readonly proposalId: string }
  /** Repeated while the build runs. `fraction` is undefined where the server reports no progress (views). */
  | {
      readonly type: 'build:running';
      readonly proposalId: string;
      readonly fraction: number | undefined;
      readonly phase: string;
      readonly elapsedMs: number;
    }
  | { readonly type: 'build:finished'; readonly proposalId: string; readonly built: BuiltProposal }
  | { readonly type: 'build:failed'; readonly proposalId: string; readonly reason: string }
  | { readonly type: 'build:cancelled'; readonly proposalId: string }
  /**
   * The planner's estimate. `configuration` is the desired one; `missing` lists its proposals that were not built yet
   * (or failed), which the planner therefore did not see.
   */
  | {
      readonly type: 'plan:estimated';
      readonly queryId: string;
      readonly configuration: ConfigurationKey;
      readonly missing: readonly string[];
      readonly plan: Plan;
      /** Id of the planned rewrite, the one with the lowest estimated cost; undefined for the query's own text. */
      readonly rewrite: string | undefined;
      readonly revision: number;
    }
  | {
      readonly type: 'plan:failed';
      readonly queryId: string;
      readonly configuration: ConfigurationKey;
      readonly reason: string;
      readonly revision: number;
    }
  | {
      readonly type: 'measurement:running';
      readonly queryId: string;
      readonly fingerprint: string;
      /** Epoch ms. */
      readonly startedAt: number;
      /** The plan was measured, and is run again, alternating with another plan of the query. The known times stay valid. */
      readonly more?: true;
    }
  /**
   * Belongs to (query, plan fingerprint): every configuration with that plan shares it. Settings that change how the
   * plan runs are part of the fingerprint (runFingerprint.ts). Emitted again, with all its runs, after more of them.
   */
  | {
      readonly type: 'measurement:finished';
      readonly queryId: string;
      readonly fingerprint: string;
      /** The configuration it was measured under; elsewhere it is *reused*. */
      readonly configuration: ConfigurationKey;
      readonly measurement: Measurement;
    }
  | {
      readonly type: 'measurement:cancelled';
      readonly queryId: string;
      readonly fingerprint: string;
      /** 'user': cancel() was called, it is not retried; 'superseded' by a newer desired state, it is retried. */
      readonly by: 'user' | 'superseded';
    }
  | {
      readonly type: 'measurement:failed';
      readonly queryId: string;
      readonly fingerprint: string;
      readonly reason: string;
    }
  /** Answers inspect(). `lockStatus` is undefined when the server does not report it. */
  | {
      readonly type: 'session:inspected';
      readonly entries: readonly LedgerEntry[];
      readonly total: number;
      readonly lockStatus: LockStatus | undefined;
    }
  /** Answers readSettings(): the settings without a desired state; undefined when the server does not report them. */
  | { readonly type: 'settings:read'; readonly settings: readonly SettingFact[] | undefined }
  /** Answers trySetting(): `value` in the server's own spelling. */
  | { readonly type: 'setting:accepted'; readonly name: string; readonly value: string }
  | {
      readonly type: 'setting:refused';
      readonly name: string;
      readonly value: string;
      readonly reason: string;
    }
  /** Answers verify(), between two jobs; and once more after the rollback, before `session:closed`. */
  | { readonly type: 'session:verified'; readonly verified: Verified }
  /** The session compares a rewrite's result with its query's in the background, once all run times are known. */
  | {
      readonly type: 'answer:comparing';
      readonly queryId: string;
      readonly rewrite: string;
      /** Epoch ms. */
      readonly startedAt: number;
    }
  /** Once a session for each rewrite whose views are on. */
  | {
      readonly type: 'answer:compared';
      readonly queryId: string;
      readonly rewrite: string;
      readonly answer: AnswerCheck;
    }
  /** A newer desired state or cancel() stopped the comparison; the next desired state retries it. */
  | { readonly type: 'answer:cancelled'; readonly queryId: string; readonly rewrite: string }
  /** The latest desired state has no work left. */
  | { readonly type: 'session:idle' }
  /** The connection is gone, and with it the transaction: nothing was committed. Last event before `closed`. */
  | { readonly type: 'session:lost'; readonly reason: string }
  | { readonly type: 'session:closed' };

/** What the user wants now. The latest desired state wins; the session forgets older ones. */
export interface DesiredState {
  /** Grows with every desired state; `plan:*` events repeat it, so that a listener recognizes stale ones. */
  readonly revision: number;
  /** Proposals to switch on. A proposal to drop is on when its index is gone. */
  readonly proposals: readonly string[];
  /** Set for every query inside its probe; the baseline keeps the server's own. */
  readonly settings?: readonly SettingChoice[];
  /** The query in view is planned and measured before all others. */
  readonly queryId: string;
}

/** The part of a session that the explorer needs; the fake in the tests implements exactly this. */
export interface ExplorerSession {
  /** Calls listeners in order, synchronously with the event. @returns A function that unsubscribes. */
  subscribe(listener: (event: SessionEvent) => void): () => void;
  /** Never blocks, never throws; takes effect at once and stops work that is no longer desired. */
  setDesired(desired: DesiredState): void;
  /** Forgets the measurements of this query under the desired state and the baseline, and measures again. */
  measureAgain(queryId: string): void;
  /** Cancels the running build, measurement or comparison; it is not retried until desired again. */
  cancel(): void;
  /**
   * Replaces proposals and rewrites. Objects of a removed or changed proposal stay hidden until the end: to drop them
   * would lock their tables. The queries and their own texts stay the same.
   */
  revise(workload: Workload): void;
  /** Answers one question once the desired state has no work left; never rejects. Only builds and comparisons emit. */
  background(task: BackgroundTask, signal?: AbortSignal): Promise<BackgroundAnswer>;
  /** Asks for the ledger and the session's locks: `session:inspected`. At most one answer is pending. */
  inspect(): void;
  /** Reads the planner settings at once: `settings:read`. */
  readSettings(): void;
  /** Asks the server whether it accepts a setting, at once and without setting it: `setting:accepted` or `setting:refused`. */
  trySetting(choice: SettingChoice): void;
  /** Checks after the running job whether schema and extensions are unchanged and nothing is committed: `session:verified`. */
  verify(): void;
  /** Cancels running work, rolls back and disconnects. Idempotent; resolves when the server has let go. */
  close(): Promise<void>;
}

/** Steps before there is a session: starting the embedded server, loading the demo, connecting. */
export type StartupEvent =
  | LoadEvent
  /** The program is about to work on a named database and waits for a yes; lines of text, not cut. */
  | { readonly type: 'preflight:asked'; readonly lines: readonly string[] }
  | { readonly type: 'preflight:answered' };

/** The events that a session emits to a new listener. */
export function eventsOf(session: Pick<ExplorerSession, 'subscribe'>): readonly SessionEvent[] {
  const events: SessionEvent[] = [];
  session.subscribe(event => events.push(event))();
  return events;
}

export function openedBy(
  session: Pick<ExplorerSession, 'subscribe'>,
): Extract<SessionEvent, { type: 'session:opened' }> | undefined {
  return eventsOf(session).find(event => event.type === 'session:opened');
}

/** `source` is `--set` or `workload.json`. */
export interface SessionSetting extends SettingChoice {
  readonly source: string;
}

/** A comparison belongs to a (query, rewrite). */
export const answerKey = (queryId: string, rewrite: string): string => `${queryId}@${rewrite}`;

/** A run time belongs to a (query, plan). */
export const measurementKey = (queryId: string, fingerprint: string): string => `${queryId}|${fingerprint}`;

/**
 * What a session reports to its listeners. Every event is `noun:verb`, past tense or present participle. A listener
 * holds no other knowledge of the session; the same events drive the screen, `check` and the tests.
 */

import type { PgoptError } from '../base/errors.ts';
import type { TableFacts } from '../database/catalog.ts';
import type { IndexFacts } from '../database/indexes.ts';
import type { LoadEvent } from '../database/proposalObject.ts';
import type { Plan } from '../plan/plan.ts';
import type { SettingChoice } from '../workload/plannerSettings.ts';
import type { Workload, Writing } from '../workload/workload.ts';
import type { AnswerCheck } from './answers.ts';
import type { BackgroundAnswer, BackgroundTask } from './backgroundTasks.ts';
import type { ConfigurationKey } from './configuration.ts';
import type { ProposalCost } from './cost.ts';
import type { Held } from './held.ts';
import type { LedgerEntry } from './ledger.ts';
import type { SettingFact } from './settingFacts.ts';
import type { Verified } from './verify.ts';

/** What the catalog says of a table (database/catalog.ts). */
export type TableFact = TableFacts;
/** What the catalog says of an index that was there before (database/indexes.ts). */
export type IndexFact = IndexFacts;

export type { SettingChoice } from '../workload/plannerSettings.ts';
export type { AnswerCheck, Cells } from './answers.ts';
export type { BackgroundAnswer, BackgroundTask } from './backgroundTasks.ts';
export type { SettingFact } from './settingFacts.ts';
export type { Forced, Unused } from './whyUnused.ts';

/** One object that a proposal brought into being, or an index that it would drop, read back from the catalog. */
export interface BuiltObject {
  readonly kind: 'index' | 'materialized view' | 'statistics';
  readonly name: string;
  /** The table (or view) the object is on; the object's own name for a view. */
  readonly table: string;
  readonly bytes: number;
  /** Some part of it could not be seen: it takes more. */
  readonly atLeast?: true;
  /** Rows of `table` (pg_class.reltuples after the build), what a projection starts from. */
  readonly rows: number;
  /** False when pg_index.indcheckxmin hides it from this whole transaction: built, but unusable until committed. */
  readonly usable: boolean;
  /** Partitions without it, which the server passes over: foreign tables. */
  readonly skipped?: readonly string[];
  /** It was there before: the proposal would remove it. */
  readonly existing?: true;
  /** The tables that it cannot be used on, of a partitioned one the partitions; undefined where it is usable. */
  readonly unusableOn?: readonly string[];
}

/** What a proposal adds. */
export const addedOf = (built: Pick<BuiltProposal, 'objects'> | undefined): readonly BuiltObject[] =>
  (built?.objects ?? []).filter(({ existing }) => existing !== true);

/** What it would remove. */
export const removedOf = (built: Pick<BuiltProposal, 'objects'> | undefined): readonly BuiltObject[] =>
  (built?.objects ?? []).filter(({ existing }) => existing === true);

export const bytesOf = (objects: readonly { readonly bytes: number }[]): number =>
  objects.reduce((sum, { bytes }) => sum + bytes, 0);

export interface BuiltProposal {
  readonly buildMs: number;
  /** Of what it adds; where it adds nothing, of what it would remove. */
  readonly bytes: number;
  /** Nothing was built: it cannot be, and HypoPG says what its plans and its size would be. `buildMs` means nothing. */
  readonly hypothetical?: true;
  /** It is in a lens, as large as in production: sizes are worked out, not measured, and nothing was built. */
  readonly projected?: true;
  readonly objects: readonly BuiltObject[];
  /** The database has it already, and nothing was built: the existing object, a clause. `objects` is empty then. */
  readonly inPlace?: string | undefined;
  /** Parts that are missing, or whose size is not fully known; a clause. */
  readonly note?: string | undefined;
  /** Why this transaction may not use it, a clause with what to do; undefined where it may. */
  readonly unusable?: string | undefined;
  /** What it costs writers; undefined without `writeCost`. */
  readonly cost?: ProposalCost | undefined;
}

export interface Measurement {
  /** Planning + execution of each run with TIMING OFF, ms, in order. Empty when it timed out. */
  readonly runsMs: readonly number[];
  /** Median of runsMs, ms; undefined when it timed out. */
  readonly medianMs: number | undefined;
  /** Set when a run was stopped at the timeout: the query takes longer than this, ms. */
  readonly timedOutAfterMs: number | undefined;
  /** The tree with actual rows, times and buffers (one run with TIMING ON); undefined when that run timed out. */
  readonly tree: Plan | undefined;
}

/** What a lens is of. */
export interface LensFacts {
  /** `shop, PostgreSQL 15.4, of 2026-11-24` */
  readonly of: string;
  /** Parts of it that the lens lacks or changed; sentences for a person. */
  readonly hidden: readonly { readonly what: string; readonly why: string }[];
}

/** What is wrong with the workload's files, and what the server's catalog adds. */
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
      /** 'catalog': hidden by pg_index.indisvalid, no lock; 'drop': dropped inside the savepoint; 'lens': as 'catalog'. */
      readonly hiding: 'catalog' | 'drop' | 'lens';
      /** Epoch ms of BEGIN by our clock. */
      readonly openedAt: number;
      /** The database is a lens of another one: planned, never run. */
      readonly lens?: LensFacts | undefined;
      /** Why nothing can be built (a standby …); undefined where it can. */
      readonly cannotBuild?: string | undefined;
      /** Texts that are never sent, because they reach a function that is refused. */
      readonly refusals?: readonly PgoptError[] | undefined;
      /** The role that queries run as, if not `user`, and its settings that cannot be applied here; clauses. */
      readonly role?: { readonly name: string; readonly missing: readonly string[] } | undefined;
      /** Tables of the queries whose row security does not bind the role that runs them. */
      readonly rowSecurityBypassed?: readonly string[] | undefined;
      /** Query id → functions it calls that run queries of their own: EXPLAIN does not show those plans. */
      readonly hiddenPlans?: ReadonlyMap<string, readonly string[]> | undefined;
      readonly writing?: Writing | undefined;
      /** Version of the extension HypoPG, where it is installed and the role may use it. */
      readonly hypopg?: string | undefined;
      /** Table → its columns in their order, of at most 20,000 columns. */
      readonly columns?: Readonly<Record<string, readonly string[]>> | undefined;
      readonly tables: readonly TableFact[];
      /** Those that were there before. */
      readonly indexes: readonly IndexFact[];
      /** Proposal → what its indexes have in common with existing ones: a copy, a prefix; clauses without a subject. */
      readonly likeness?: ReadonlyMap<string, readonly string[]> | undefined;
      /** Proposals that the database has already, complete → the existing object, a clause. */
      readonly inPlace?: ReadonlyMap<string, string> | undefined;
      /** What the session sets for all queries, before as well as after; all else is as the server has it. */
      readonly settings?: readonly SetForAll[] | undefined;
    }
  | { readonly type: 'build:queued'; readonly proposalId: string }
  /** Repeated while it runs. fraction is undefined where the server reports no progress (views). */
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
   * The planner's answer for a query. `configuration` is what was desired; `missing` are the proposals of it that
   * were not built yet (or failed) and so were not there when the planner looked.
   */
  | {
      readonly type: 'plan:estimated';
      readonly queryId: string;
      readonly configuration: ConfigurationKey;
      readonly missing: readonly string[];
      readonly plan: Plan;
      /**
       * Id of the rewrite that was planned, of several that could be the one with the lowest estimated cost; undefined
       * for the query's own text.
       */
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
      /** It was measured, and is run again, to and fro with another plan of the query; what is known stays true. */
      readonly more?: true;
    }
  /**
   * Belongs to (query, plan fingerprint): every configuration with that plan shares it, but for settings that change how
   * it runs, which the fingerprint counts in (whatRuns.ts). Comes again, with all its runs, when more were made.
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
      /** 'user': cancel() was called, it is not retried; 'superseded': it gave way to a newer desired state and comes later. */
      readonly by: 'user' | 'superseded';
    }
  | {
      readonly type: 'measurement:failed';
      readonly queryId: string;
      readonly fingerprint: string;
      readonly reason: string;
    }
  /** Answers inspect(). `held` is undefined when the server does not say. */
  | {
      readonly type: 'session:inspected';
      readonly entries: readonly LedgerEntry[];
      readonly total: number;
      readonly held: Held | undefined;
    }
  /** Answers readSettings(): the planner settings this server has, as they are without a desired state; undefined when it does not say. */
  | { readonly type: 'settings:read'; readonly settings: readonly SettingFact[] | undefined }
  /** Answers trySetting(): `value` is the tried one in the server's own spelling. */
  | { readonly type: 'setting:accepted'; readonly name: string; readonly value: string }
  | {
      readonly type: 'setting:refused';
      readonly name: string;
      readonly value: string;
      readonly reason: string;
    }
  /** Answers verify(), between two pieces of work; and once more after the roll-back, before `session:closed`. */
  | { readonly type: 'session:verified'; readonly verified: Verified }
  /** A rewrite's answer is compared with its query's in the background, once all run times are known. */
  | {
      readonly type: 'answer:comparing';
      readonly queryId: string;
      /** Id of the rewrite. */
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
  /** Gave way to a newer desired state, or to cancel(): then it comes with the next desired state. */
  | { readonly type: 'answer:cancelled'; readonly queryId: string; readonly rewrite: string }
  /** Nothing left to do for the latest desired state. */
  | { readonly type: 'session:idle' }
  /** The connection is gone, and with it the transaction: nothing was committed. Last event but `closed`. */
  | { readonly type: 'session:lost'; readonly reason: string }
  | { readonly type: 'session:closed' };

/** What the person in front of the session wants now. The latest desired state wins; older ones are forgotten. */
export interface DesiredState {
  /** Grows with every desired state; comes back on `plan:*` so that stale answers are recognized. */
  readonly revision: number;
  /** What is to be changed; a proposal to drop is here when its index is switched off. */
  readonly proposals: readonly string[];
  /** Set for every query, inside its probe; the baseline beside it keeps the server's own. */
  readonly settings?: readonly SettingChoice[];
  /** The query in view: planned and measured before all others. */
  readonly queryId: string;
}

/** The part of a session that the explorer needs; the fake in the tests has exactly this. */
export interface ExplorerSession {
  /** Listeners are called in order, synchronously with the event; returns the way to stop listening. */
  subscribe(listener: (event: SessionEvent) => void): () => void;
  /** Never blocks, never throws; takes effect at once and preempts work that is no longer desired. */
  setDesired(desired: DesiredState): void;
  /** Forgets the measurement of this query's plan under the present desired state (and the baseline's) and measures again. */
  measureAgain(queryId: string): void;
  /** Cancels the build, the measurement or the comparison that runs now; it is not retried until desired again. */
  cancel(): void;
  /**
   * Other proposals and rewrites from now on. What was built of a proposal that is gone, or is another now, stays hidden until
   * the end: to drop it would lock its table. The queries and their own texts stay the same.
   */
  revise(workload: Workload): void;
  /**
   * One single question, answered when no desired state has anything left to do; never rejects. Nothing is emitted but what a build or
   * an answer reports anyway.
   */
  background(task: BackgroundTask, signal?: AbortSignal): Promise<BackgroundAnswer>;
  /** Asks for the ledger and for what the server says is locked: `session:inspected`. At most one answer is on its way. */
  inspect(): void;
  /** Asks what the planner settings are, at once: `settings:read`. */
  readSettings(): void;
  /** Asks the server whether it would take this, at once and without setting it: `setting:accepted` or `setting:refused`. */
  trySetting(choice: SettingChoice): void;
  /** Looks whether schema and extensions are as they were and nothing is committed: `session:verified`, once what runs is done. */
  verify(): void;
  /** Rolls back and disconnects, cancelling what runs. Idempotent; resolves when the server has let go. */
  close(): Promise<void>;
}

/** Steps before there is a session: starting the embedded server, loading the demo, connecting. */
export type StartupEvent =
  | LoadEvent
  /** What is about to happen on a database that is not ours, and a yes is waited for; lines of text, not cut. */
  | { readonly type: 'preflight:asked'; readonly lines: readonly string[] }
  | { readonly type: 'preflight:answered' };

/** What a session emits to a new listener. */
export function eventsOf(session: Pick<ExplorerSession, 'subscribe'>): readonly SessionEvent[] {
  const events: SessionEvent[] = [];
  session.subscribe(event => events.push(event))();
  return events;
}

/** Its first event. */
export function openedBy(
  session: Pick<ExplorerSession, 'subscribe'>,
): Extract<SessionEvent, { type: 'session:opened' }> | undefined {
  return eventsOf(session).find(event => event.type === 'session:opened');
}

/** A setting, and its source: `--set`, `workload.json`. */
export interface SetForAll extends SettingChoice {
  readonly source: string;
}

/** A comparison belongs to a (query, rewrite). */
export const answerKey = (queryId: string, rewrite: string): string => `${queryId}@${rewrite}`;

/** A run time belongs to a (query, plan). */
export const measurementKey = (queryId: string, fingerprint: string): string => `${queryId}|${fingerprint}`;

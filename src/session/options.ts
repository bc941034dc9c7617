/** Options of a session. */
import type { ConnectionSettings } from '../database/connectionSettings.ts';
import { lastOfEach, type SettingChoice } from '../workload/plannerSettings.ts';
import type { Workload } from '../workload/workload.ts';
import type { LensFacts, SessionSetting } from './events.ts';
import type { Hiding } from './hide.ts';
import type { FoundObjects } from './inPlace.ts';
import type { Interleave, MeasureBudget } from './measure.ts';
import type { SessionNames } from './names.ts';

/** Limits that the server applies to the transaction, ms. 0 is no limit, as in PostgreSQL. */
export interface Timeouts {
  /** How long the session tries for a lock, in short attempts (locks.ts). */
  readonly lockMs: number;
  /** statement_timeout of builds. Measured runs use the workload's timeout. */
  readonly statementMs: number;
  /** idle_in_transaction_session_timeout: after this the server rolls back by itself. */
  readonly idleMs: number;
}

/** The embedded server has no other clients that would wait. */
export const EMBEDDED_TIMEOUTS: Timeouts = { lockMs: 5000, statementMs: 0, idleMs: 0 };
/** On a shared database a forgotten explorer must not hold its locks overnight. */
export const NAMED_TIMEOUTS: Timeouts = { lockMs: 5000, statementMs: 0, idleMs: 30 * 60_000 };

export interface SessionOptions {
  readonly settings: ConnectionSettings;
  readonly workload: Workload;
  /** Build every proposal in the background, desired or not. */
  readonly eager: boolean;
  readonly now: () => number;
  /** The role that runs the queries (role.ts). */
  readonly role?: string | undefined;
  /** Overrides the choice that follows from the role's rights; 'drop' works for every owner. */
  readonly hiding?: Hiding;
  readonly budget?: MeasureBudget;
  /** Decides how many runs a comparison of two plans takes; without it each plan is measured by itself. */
  readonly interleave?: Interleave;
  readonly estimatesOnly?: boolean;
  /** The database is a lens: it holds the proposals already, and nothing runs in it. */
  readonly lens?: LensContents;
  /** A command without a user: expects to build every proposal, and waits for this program's other sessions. */
  readonly unattended?: boolean;
  /** Default: those of the embedded server. */
  readonly timeouts?: Timeouts;
  /**
   * Writes to the tables of proposed indexes and rolls back, to measure the write cost (docs/write-cost.md). 'queries': only runs the
   * queries that write.
   */
  readonly writeCost?: boolean | 'queries';
  /** Planner settings of the whole session, which the baseline and the builds have, too. */
  readonly planner?: readonly SettingChoice[];
  /** Planner settings that will be desired: opening asks the server whether it accepts them. */
  readonly intended?: readonly SettingChoice[];
  /** Aborts the connecting. */
  readonly signal?: AbortSignal;
  /** How long opening may take, ms. */
  readonly openingMs?: number;
  /** How long the session waits for a silent server, ms. */
  readonly silenceMs?: number;
}

/** The proposals in a lens (lens/make). */
export interface LensContents {
  readonly facts: LensFacts;
  readonly names: SessionNames;
  /** Proposal → why the lens lacks it. */
  readonly refused: ReadonlyMap<string, string>;
  /** Existing objects of the database that proposals name. */
  readonly found: FoundObjects;
  readonly inPlace: ReadonlyMap<string, string>;
}

/** Settings for all queries of this session: --set takes precedence over the workload's. */
export const sessionSettings = ({ workload, planner = [] }: SessionOptions): readonly SessionSetting[] =>
  lastOfEach([
    ...(workload.settings ?? []).map(choice => ({ ...choice, source: 'workload.json' })),
    ...planner.map(choice => ({ ...choice, source: '--set' })),
  ]);

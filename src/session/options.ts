/** What a session is opened with. */
import type { ConnectionSettings } from '../database/proposalObject.ts';
import { lastOfEach, type SettingChoice } from '../workload/plannerSettings.ts';
import type { Workload } from '../workload/workload.ts';
import type { LensFacts, SetForAll } from './events.ts';
import type { Hiding } from './hide.ts';
import type { FoundObjects } from './inPlace.ts';
import type { Interleave, MeasureBudget } from './measure.ts';
import type { SessionNames } from './names.ts';

/** How long the server lets the transaction wait, work and stand idle. ms; 0 is no limit, as in PostgreSQL. */
export interface Timeouts {
  /** How long a lock is tried for, a fraction of a second at a time (locks.ts); 0: for ever. */
  readonly lockMs: number;
  /** statement_timeout of a build. Measured runs have the workload's own. */
  readonly statementMs: number;
  /** idle_in_transaction_session_timeout: after this the server rolls back by itself. */
  readonly idleMs: number;
}

/** No other client waits for the embedded server. */
export const EMBEDDED_TIMEOUTS: Timeouts = { lockMs: 5000, statementMs: 0, idleMs: 0 };
/** On a database of others' a forgotten explorer must not hold its locks for a night. */
export const NAMED_TIMEOUTS: Timeouts = { lockMs: 5000, statementMs: 0, idleMs: 30 * 60_000 };

/** The statements that set them. */
export function timeoutStatements({ lockMs, statementMs, idleMs }: Timeouts): string[] {
  return [
    `SET LOCAL lock_timeout = ${Math.round(lockMs)}`,
    `SET LOCAL statement_timeout = ${Math.round(statementMs)}`,
    `SET LOCAL idle_in_transaction_session_timeout = ${Math.round(idleMs)}`,
  ];
}

export interface SessionOptions {
  readonly settings: ConnectionSettings;
  readonly workload: Workload;
  /** Build every proposal in the background, desired or not. */
  readonly eager: boolean;
  readonly now: () => number;
  /** Whom queries run as (role.ts). */
  readonly role?: string | undefined;
  /** Overrides what the role's rights suggest; 'drop' works for every owner. */
  readonly hiding?: Hiding;
  readonly budget?: MeasureBudget;
  /** How many runs it takes to compare two plans of a query; without it each is measured for itself. */
  readonly interleave?: Interleave;
  /** Answer with estimates only. */
  readonly estimatesOnly?: boolean;
  /** The database is a lens: proposals are in it already, nothing can be run. */
  readonly lens?: LensContents;
  /** A command without a person in front of it: builds everything that it can, and waits until another session of this program has ended. */
  readonly unattended?: boolean;
  /** Those of the embedded server when left out. */
  readonly timeouts?: Timeouts;
  /** Write to the tables of proposed indexes and roll it back, to see what that costs (docs/write-cost.md). 'queries': only run the queries that write. */
  readonly writeCost?: boolean | 'queries';
  /** Planner settings that are set for the whole session: for the baseline, too, and for what is built. */
  readonly planner?: readonly SettingChoice[];
  /** Planner settings that will be desired: the server's refusals come at once. */
  readonly intended?: readonly SettingChoice[];
  /** Aborted while connecting: gives up. */
  readonly signal?: AbortSignal;
  /** How long opening may take, ms. */
  readonly openingMs?: number;
  /** How long a silent server is waited for, ms. */
  readonly silenceMs?: number;
}

/** The proposals in a lens (lens/make). */
export interface LensContents {
  readonly facts: LensFacts;
  /** The names of its objects. */
  readonly names: SessionNames;
  /** Proposal → why it is not in it. */
  readonly refused: ReadonlyMap<string, string>;
  /** Objects that the database has already: parts of proposals, and whole ones. */
  readonly found: FoundObjects;
  readonly inPlace: ReadonlyMap<string, string>;
}

/** Settings for all queries of this session: --set takes precedence over the workload's. */
export const setBy = ({ workload, planner = [] }: SessionOptions): readonly SetForAll[] =>
  lastOfEach([
    ...(workload.settings ?? []).map(choice => ({ ...choice, source: 'workload.json' })),
    ...planner.map(choice => ({ ...choice, source: '--set' })),
  ]);

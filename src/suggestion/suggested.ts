/** Input and result of the search for suggestions. Types only. */
import type { Verdict } from '../advisor/verdict.ts';
import type { Production } from '../production/productionLens.ts';
import type { ExplorerSession } from '../session/events.ts';
import type { Proposal, Query, Rewrite, Workload } from '../workload/workload.ts';
import type { Choice, Limits, Preference, QueryOptions } from './choice.ts';

export interface LensGrounds {
  /** Aborted when the time is spent or the search is cancelled. */
  readonly until: AbortSignal;
  /** Proposal → share of the table's rows in its partial index, if a sample shows it. */
  readonly shares: ReadonlyMap<string, number>;
}

export interface SuggestOptions {
  /** Its queries and limits; the search ignores its proposals. */
  readonly workload: Workload;
  readonly preference?: Preference;
  /** Opens the database with these queries and proposals. */
  readonly open: (workload: Workload) => Promise<ExplorerSession>;
  /**
   * Makes a lens of the session's database at production's size. undefined if the database is a lens itself, where nothing can be
   * run.
   */
  readonly production:
    | ((
        session: ExplorerSession,
        workload: Workload,
        lens: LensGrounds,
      ) => Promise<Pick<Production, 'session'>>)
    | undefined;
  /** Names that no suggestion may have, in addition to those in the database. */
  readonly taken?: ReadonlySet<string>;
  /** Everything stops after this many ms. */
  readonly budgetMs: number;
  /** A clock, ms. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onStep: (message: string) => void;
  /** Receives the best answer so far, not yet tried as a whole; `complete` is false. */
  readonly onFound?: (found: Suggested) => void;
  /** Receives each choice and its input. */
  readonly onChoice?: (queries: readonly QueryOptions[], limits: Limits, choice: Choice) => void;
}

export interface Suggestion {
  readonly proposal: Proposal;
  /** `query`: id of the rewritten query. */
  readonly rewrites: readonly (Rewrite & { readonly query: string })[];
  /** Queries whose best plan uses it. */
  readonly queries: readonly string[];
  /** Size here; undefined if it was not built. */
  readonly bytes: number | undefined;
  readonly productionBytes: number;
  /** Names of foreign keys without an index whose checks it serves. */
  readonly foreignKeys?: readonly string[];
  /** Filling the view took this long here, ms; undefined for an index. */
  readonly refreshMs: number | undefined;
  /** The same projected to production as its query's time grows; undefined if either was not measured. */
  readonly productionRefreshMs: number | undefined;
  /** Whether REFRESH … CONCURRENTLY is possible. */
  readonly concurrently: boolean;
  /** Its rows depend on the day of its last refresh. */
  readonly dated: boolean;
  /** It is a view that holds only for the constants in its query. */
  readonly tied: boolean;
  /** Columns of a view that its queries compare with a value. The view serves every value. */
  readonly opened: readonly string[];
}

/** A query in the baseline and with the recommended set. */
export interface SuggestedQuery {
  readonly query: Query;
  /** Why a statement that writes is only planned; undefined for other queries. */
  readonly neverRun: string | undefined;
  /** Why it could not be run here. */
  readonly failure: string | undefined;
  readonly by: readonly string[];
  readonly rewrite: string | undefined;
  /** Measured here. */
  readonly verdict: Verdict;
  /** Projected to production from runs here and costs there, ms. */
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly meets: boolean;
  readonly scans: boolean;
  /** Its new plan may be no faster in production. */
  readonly risky: boolean;
  /** A cheaper plan that there was no time to run; never recommended. */
  readonly untried: { readonly by: readonly string[]; readonly afterMs: number } | undefined;
}

export interface Suggested {
  /** Recommended ones and alternatives. */
  readonly suggestions: readonly Suggestion[];
  readonly recommended: readonly string[];
  readonly rejected: readonly { readonly id: string; readonly reason: string }[];
  readonly queries: readonly SuggestedQuery[];
  /** Queries that could not be planned, with the reason. */
  readonly unplanned: readonly { readonly query: Query; readonly reason: string }[];
  readonly productionBytes: number;
  /** All queries with the recommended set, weighted by calls. */
  readonly productionMs: number;
  /** The workload counts calls: `productionMs` is the time a day. */
  readonly weighted: boolean;
  readonly budgetBytes: number;
  /** Alternative sets, sorted by bytes. None was tried as a whole. */
  readonly frontier: readonly Choice[];
  /** False if it was stopped or ran out of time before everything was measured. */
  readonly complete: boolean;
  /** Nothing was run: only estimates support it, and estimates also choose regressions. */
  readonly planned: boolean;
  readonly effort: { readonly explains: number; readonly executions: number; readonly builds: number };
}

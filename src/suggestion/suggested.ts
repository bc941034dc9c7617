/** What a search for suggestions needs, and what it has found. Types only. */
import type { Verdict } from '../advisor/verdict.ts';
import type { Production } from '../production/productionLens.ts';
import type { ExplorerSession } from '../session/events.ts';
import type { Proposal, Query, Rewrite, Workload } from '../workload/workload.ts';
import type { Choice, Limits, Preference, QueryOptions } from './choice.ts';

export interface LensGrounds {
  /** Aborted when the time is spent, and with the search's own signal: then it is given up. */
  readonly until: AbortSignal;
  /** Proposal → the part of its table's rows that its partial index has, where a sample shows it. */
  readonly shares: ReadonlyMap<string, number>;
}

export interface SuggestOptions {
  /** Its queries and limits; its proposals are left out. */
  readonly workload: Workload;
  /** What to take beyond the targets. */
  readonly preference?: Preference;
  /** Opens the database with these queries and proposals. */
  readonly open: (workload: Workload) => Promise<ExplorerSession>;
  /** Makes a lens of that session's database at production's size. undefined: the database is a lens itself, and nothing can be run. */
  readonly production:
    | ((
        session: ExplorerSession,
        workload: Workload,
        lens: LensGrounds,
      ) => Promise<Pick<Production, 'session'>>)
    | undefined;
  /** Names that no suggestion may have, beside those that the database has. */
  readonly taken?: ReadonlySet<string>;
  /** Everything is stopped after this much time, ms. */
  readonly budgetMs: number;
  /** ms of a clock. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onStep: (message: string) => void;
  /** The best answer so far, before it was tried together; `complete` is false. */
  readonly onFound?: (found: Suggested) => void;
  /** Each choice, and what it was made from. */
  readonly onChoice?: (queries: readonly QueryOptions[], limits: Limits, choice: Choice) => void;
}

export interface Suggestion {
  readonly proposal: Proposal;
  /** `query`: the id of the query that it is for. */
  readonly rewrites: readonly (Rewrite & { readonly query: string })[];
  /** Queries that it is for: those whose best plan uses it. */
  readonly queries: readonly string[];
  /** Built here; undefined where it was not. */
  readonly bytes: number | undefined;
  readonly productionBytes: number;
  /** Foreign keys without an index whose checks it serves, by name: no plan shows those. */
  readonly foreignKeys?: readonly string[];
  /** As long as filling its view took here, ms; undefined for an index. */
  readonly refreshMs: number | undefined;
  /** What follows for production from that, as its query's time grows; undefined where neither was measured. */
  readonly productionRefreshMs: number | undefined;
  /** REFRESH … CONCURRENTLY is possible. */
  readonly concurrently: boolean;
  /** Its rows depend on the day of its last refresh. */
  readonly dated: boolean;
  /** Of a view: it holds for the constants alone that its query compares with. */
  readonly tied: boolean;
  /** Of a view: its columns that its queries compare with a value; it holds for every one. */
  readonly opened: readonly string[];
}

/** One query as it is, and with what is recommended. */
export interface SuggestedQuery {
  readonly query: Query;
  readonly by: readonly string[];
  readonly rewrite: string | undefined;
  /** Here, measured. */
  readonly verdict: Verdict;
  /** At production's size, ms, worked out from runs here and the planner's costs there. */
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly meets: boolean;
  readonly scans: boolean;
  /** Its new plan may be no faster in production than the one before. */
  readonly risky: boolean;
  /** What production's planner would do with proposals that were not run here in time; never recommended. */
  readonly untried: { readonly by: readonly string[]; readonly afterMs: number } | undefined;
}

export interface Suggested {
  /** Recommended, and alternatives to them. */
  readonly suggestions: readonly Suggestion[];
  readonly recommended: readonly string[];
  readonly rejected: readonly { readonly id: string; readonly reason: string }[];
  readonly queries: readonly SuggestedQuery[];
  /** Queries that could not be planned, and why. */
  readonly unplanned: readonly { readonly query: Query; readonly reason: string }[];
  readonly productionBytes: number;
  /** Of all queries with what is recommended, by how often each is called. */
  readonly productionMs: number;
  readonly budgetBytes: number;
  /** Other sets of measured proposals, by their bytes; no set was tried as a whole. */
  readonly frontier: readonly Choice[];
  /** False: it ended, or ran out of time, before everything was measured. */
  readonly complete: boolean;
  /** Nothing was run: the planner's estimates alone speak for it, and they choose regressions, too. */
  readonly planned: boolean;
  readonly effort: { readonly explains: number; readonly executions: number; readonly builds: number };
}

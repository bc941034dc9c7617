/** What a rehearsal goes by, and what it gives: the plan of one size, run at another. */
import type { Plan } from '../plan/plan.ts';
import type { SettingChoice } from '../workload/plannerSettings.ts';

/** How large everything is in one database. */
export interface Size {
  /** For people: `×0.01`, `production`. */
  readonly label: string;
  /** Table, and view, by its bare name. */
  readonly rows: ReadonlyMap<string, number>;
  /** Tables and indexes by their bare names, of the main fork. */
  readonly bytes: ReadonlyMap<string, number>;
}

/** What is to be rehearsed: a plan that was chosen elsewhere, of a query with some of the proposals on. */
export interface Aim {
  readonly queryId: string;
  readonly proposals: readonly string[];
  /** Id of the rewrite that is planned; undefined for the query's own text. */
  readonly rewrite: string | undefined;
  readonly plan: Plan;
}

/** The plan as it ran at one size. */
export interface Rehearsal {
  readonly size: Size;
  /** What led the planner to it. */
  readonly settings: readonly SettingChoice[];
  /** Not executed: its estimates are the planner's, of all loops. */
  readonly estimated: Plan;
  /** Executed, with rows, memory and blocks. */
  readonly tree: Plan;
  /** Planning + execution of the runs with TIMING OFF, ms. */
  readonly runsMs: readonly number[];
  readonly planningMs: number;
  /** By node id, the own ms of all processes together, brought down to the median run's execution; a list a tree. */
  readonly selfMs: readonly (readonly number[])[];
  /** A Gather had other workers than are planned in production: as it is said to a person. */
  readonly workers: string | undefined;
}

export type Rehearsed =
  | { readonly kind: 'rehearsed'; readonly rehearsal: Rehearsal }
  /** A clause. */
  | { readonly kind: 'unknown'; readonly why: string };

/** The input and result of a rehearsal: a plan chosen for one size, executed at another. */
import type { Plan } from '../plan/plan.ts';
import type { SettingChoice } from '../workload/plannerSettings.ts';

/** Sizes of a database's objects. */
export interface Size {
  /** `×0.01`, `production` */
  readonly label: string;
  /** Tables and views by their bare names. */
  readonly rows: ReadonlyMap<string, number>;
  /** Main forks of tables and indexes by their bare names. */
  readonly bytes: ReadonlyMap<string, number>;
}

/** The plan to rehearse, with the query and proposals that it belongs to. */
export interface Aim {
  readonly queryId: string;
  readonly proposals: readonly string[];
  /** Id of the planned rewrite; undefined for the query's own text. */
  readonly rewrite: string | undefined;
  readonly plan: Plan;
}

/** The plan as executed at one size. */
export interface Rehearsal {
  readonly size: Size;
  /** Settings that made the planner choose it. */
  readonly settings: readonly SettingChoice[];
  /** Without ANALYZE. */
  readonly estimated: Plan;
  /** With ANALYZE. */
  readonly tree: Plan;
  /** Planning + execution with TIMING OFF, ms. */
  readonly runsMs: readonly number[];
  readonly planningMs: number;
  /** One list per tree, by node id: exclusive ms over all processes, scaled to the median run's execution time. */
  readonly selfMs: readonly (readonly number[])[];
  /** Set if a Gather had other workers than production plans: `2 workers here, 4 there`. */
  readonly workers: string | undefined;
}

export type Rehearsed =
  | { readonly kind: 'rehearsed'; readonly rehearsal: Rehearsal }
  | { readonly kind: 'unknown'; readonly why: string };

/** A query's projected time and memory at production size. A projection always has an interval. */
import type { Plan } from '../plan/plan.ts';
import type { BuiltObject, TableFact } from '../session/events.ts';

export interface Interval {
  readonly low: number;
  readonly point: number;
  readonly high: number;
}

interface ProjectedNode {
  /** Position in the plan; `label` is EXPLAIN's heading. */
  readonly id: number;
  readonly label: string;
  /** All rows that it returns, over all loops. */
  readonly rows: Interval;
  /** Without its children, ms. */
  readonly selfMs: Interval;
}

export interface ProjectedMemory {
  /** Memory of all nodes and processes at once. */
  readonly bytes: Interval;
  /** Whether it writes temporary files; 'unclear': the sizes disagree, or the limit lies inside the interval. */
  readonly spills: 'yes' | 'no' | 'unclear';
  readonly holders: readonly {
    readonly id: number;
    readonly label: string;
    /** At the largest size that ran. */
    readonly hereBytes: number;
    readonly bytes: Interval;
    readonly spills: ProjectedMemory['spills'];
  }[];
}

export interface Projected {
  readonly kind: 'projected';
  /** Planning and execution. */
  readonly ms: Interval;
  /** The method; a clause. */
  readonly method: string;
  /** What widens the interval, or must hold besides; clauses. */
  readonly remarks: readonly string[];
  readonly nodes: readonly ProjectedNode[];
  readonly memory: ProjectedMemory;
}

export type ProjectedTime =
  | Projected
  /** `why`: a clause. */
  | { readonly kind: 'unknown'; readonly why: string };

/** A check of the method: the largest measured size, predicted from the smaller ones. */
export interface FitCheck {
  /** Unknown with fewer than two smaller sizes. */
  readonly predicted: ProjectedTime;
  /** Median of the runs there, ms. */
  readonly measuredMs: number;
  /** The size: `×0.05`. */
  readonly label: string;
  /** Whether the measured time lies in the interval; undefined: there is no prediction. */
  readonly inside: boolean | undefined;
}

/** A query at production size, under the baseline or the chosen configuration. */
export interface ProductionSide {
  /** The plan at production size; undefined: planning failed. */
  readonly plan: Plan | undefined;
  readonly rewrite: string | undefined;
  readonly failure: string | undefined;
  readonly time: ProjectedTime;
  readonly check: FitCheck | undefined;
  /** The runs behind the projection, smallest size first: the same plan at other sizes. */
  readonly rehearsals: readonly {
    readonly label: string;
    readonly medianMs: number;
    readonly runsMs: readonly number[];
    /** The settings that led the planner to this plan. */
    readonly settings: Readonly<Record<string, string>>;
  }[];
}

export const unrehearsed = (
  known: Pick<ProductionSide, 'plan' | 'rewrite' | 'failure' | 'time'>,
): ProductionSide => ({ ...known, check: undefined, rehearsals: [] });

/** Everything known about production size: planned in a lens, projected from rehearsals. */
export interface AtProduction {
  /** Smallest first: `×0.002`. */
  readonly sizes: readonly string[];
  /** As production's catalog would show them. */
  readonly tables: readonly TableFact[];
  readonly serverVersion: string | undefined;
  /** At production size, by id of a proposal that is on; no entry: not known. */
  readonly objects: ReadonlyMap<string, readonly BuiltObject[]>;
  readonly before: ReadonlyMap<string, ProductionSide>;
  readonly after: ReadonlyMap<string, ProductionSide>;
  /** Where the lens lacks or assumes something about production; clauses. */
  readonly remarks: readonly string[];
}

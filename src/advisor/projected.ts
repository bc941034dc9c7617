/** What a query is worked out to take and hold at production size. It is never a measurement, and is never without its interval. */
import type { Plan } from '../plan/plan.ts';
import type { BuiltObject, TableFact } from '../session/events.ts';

export interface Interval {
  readonly low: number;
  readonly point: number;
  readonly high: number;
}

interface ProjectedNode {
  /** Position in the plan, and EXPLAIN's heading. */
  readonly id: number;
  readonly label: string;
  /** All rows that it gives out. */
  readonly rows: Interval;
  /** Its own time, ms. */
  readonly selfMs: Interval;
}

export interface ProjectedMemory {
  /** What all nodes and processes hold at once. */
  readonly bytes: Interval;
  /** Whether anything is written to temporary files; 'unclear' where the sizes differ, or the limit lies inside the interval. */
  readonly spills: 'yes' | 'no' | 'unclear';
  readonly holders: readonly {
    readonly id: number;
    readonly label: string;
    /** Where it ran, at the largest size. */
    readonly hereBytes: number;
    readonly bytes: Interval;
    readonly spills: ProjectedMemory['spills'];
  }[];
}

export interface Projected {
  readonly kind: 'projected';
  /** Planning and execution. */
  readonly ms: Interval;
  /** How it was worked out, as a sentence without a full stop. */
  readonly method: string;
  /** What makes the interval wide, or has to hold besides; clauses. */
  readonly remarks: readonly string[];
  readonly nodes: readonly ProjectedNode[];
  readonly memory: ProjectedMemory;
}

export type ProjectedTime =
  | Projected
  /** The method does not hold here: a clause says why. */
  | { readonly kind: 'unknown'; readonly why: string };

/** Whether the method holds: the largest size that was measured, foretold from the smaller ones. */
export interface FitCheck {
  /** Unknown with less than two smaller sizes. */
  readonly predicted: ProjectedTime;
  /** Median of the runs there, ms. */
  readonly measuredMs: number;
  /** Of the size: `×0.05`. */
  readonly label: string;
  /** Whether what was measured lies in the interval; undefined where nothing was foretold. */
  readonly inside: boolean | undefined;
}

/** A query on one side (nothing on, or what is chosen) at production size. */
export interface ProductionSide {
  /** The planner's choice there; undefined where it failed. */
  readonly plan: Plan | undefined;
  readonly rewrite: string | undefined;
  readonly failure: string | undefined;
  readonly time: ProjectedTime;
  readonly check: FitCheck | undefined;
  /** What was run for it, ascending: the same plan, at other sizes. */
  readonly rehearsals: readonly {
    readonly label: string;
    readonly medianMs: number;
    readonly runsMs: readonly number[];
    /** What led the planner to it. */
    readonly settings: Readonly<Record<string, string>>;
  }[];
}

/** A side whose plan was never run. */
export const unrehearsed = (
  known: Pick<ProductionSide, 'plan' | 'rewrite' | 'failure' | 'time'>,
): ProductionSide => ({ ...known, check: undefined, rehearsals: [] });

/** Everything that is said of production: planned in a lens, projected from rehearsals. */
export interface AtProduction {
  /** Ascending: `×0.002`. */
  readonly sizes: readonly string[];
  /** As the catalog will say them there. */
  readonly tables: readonly TableFact[];
  readonly serverVersion: string | undefined;
  /** Of each proposal that is on, as large as there; absent where it is not known. */
  readonly objects: ReadonlyMap<string, readonly BuiltObject[]>;
  /** By query id. */
  readonly before: ReadonlyMap<string, ProductionSide>;
  readonly after: ReadonlyMap<string, ProductionSide>;
  /** What of production is not in the lens, or was taken to be so: clauses. */
  readonly remarks: readonly string[];
}

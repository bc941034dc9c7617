/** What a finding is, and what rules may know besides the plan. */
import type { Misestimate } from '../accounting/estimates.ts';
import type { PlanMemory } from '../memory/memory.ts';
import type { Plan, PlanNode } from '../plan.ts';

export type Severity = 'severe' | 'warning' | 'notice';

/** Something worth reporting about a node of a plan, or about the plan as a whole. */
export interface Finding {
  /** Name of the rule: `seq-scan`. */
  readonly rule: string;
  readonly severity: Severity;
  /** undefined for what is about the plan as a whole. */
  readonly nodeId: number | undefined;
  /** What is the matter, with its figure; a sentence without a full stop. */
  readonly text: string;
  /** The next thing to try; a sentence without a full stop. */
  readonly next: string;
}

/** An object that a switched-on proposal brought into being in this transaction. */
export interface ProposedObject {
  readonly proposal: string;
  readonly kind: 'index' | 'materialized view' | 'statistics';
  readonly name: string;
  /** The table (or view) it is on; its own name for a view. */
  readonly table: string;
  /** False when pg_index.indcheckxmin hides it from this whole transaction. */
  readonly usable: boolean;
}

export interface TableRows {
  readonly rows: number;
  readonly where: 'here' | 'production';
}

/** What is known beside the plan; a plan from a file has none of it. */
export interface Surroundings {
  /** Rows of a table, where they are known. */
  readonly tableRows?: (relation: string) => TableRows | undefined;
  /** From how many rows a table is large; `LARGE_TABLE_ROWS` when left out. */
  readonly largeTableRows?: number;
  /** What a query may hold in memory at once, bytes; no finding without it. */
  readonly memoryLimitBytes?: number;
  /** 1 for PostgreSQL 13 and 14, where the plan does not say otherwise. */
  readonly hashMemMultiplier?: number;
  /** Of the proposals that are on. */
  readonly proposed?: readonly ProposedObject[];
}

/** What a rule looks at: computed once for all of them. */
export interface Subject extends Surroundings {
  readonly plan: Plan;
  readonly nodes: readonly PlanNode[];
  readonly parents: readonly number[];
  readonly memory: PlanMemory;
  readonly misestimates: readonly (Misestimate | undefined)[];
}

export type Observation = Omit<Finding, 'rule'>;

export interface Rule {
  readonly name: string;
  /** What it finds, and from where on it is how severe. */
  readonly about: string;
  /** Where the rule, or its threshold, comes from. */
  readonly source: string;
  readonly find: (subject: Subject) => readonly Observation[];
}

/** From where on something is worth reporting. One table, so that they can be seen and argued about together. */

/** Rows of a table that is large where the workload says nothing (REQ-08 of the case study). */
export const LARGE_TABLE_ROWS = 1_000_000;

/** Share of rows read that a filter threw away (pev2: 50 and 90 %), and how many at least. */
export const REMOVED = { notice: 0.5, warning: 0.9, leastRows: 10_000 } as const;

/** How many times as many rows as expected, or as few (pev2, pgAdmin: 10, 100, 1000). */
export const MISESTIMATE = { notice: 10, warning: 100, severe: 1000 } as const;

/** Share of an index-only scan's rows that had to be fetched from the table (pev2: above 0, 40 and 90 %). */
export const HEAP_FETCHES = { notice: 0.1, warning: 0.4, leastFetches: 100 } as const;

/** Share of the blocks of a bitmap that lost count of their rows. */
export const LOSSY = { notice: 0.01, warning: 0.3 } as const;

/** A trigger's own time, as a share of the execution. */
export const TRIGGER = { notice: 0.1, warning: 0.4, leastMs: 10 } as const;

/** Compiling, as a share of the execution (pganalyze: 25 %). */
export const JIT = { notice: 0.1, warning: 0.25, leastMs: 10 } as const;

/** Rows of the outer side, each of which runs the inner side once, and the inner side's share of the whole time. */
export const NESTED_LOOP = { leastLoops: 10_000, notice: 0.1, warning: 0.4 } as const;

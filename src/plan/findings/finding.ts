/** The types of findings and rules, and all thresholds. */
import type { Misestimate } from '../accounting/estimates.ts';
import type { PlanMemory } from '../memory/memory.ts';
import type { Plan, PlanNode } from '../plan.ts';

export type Severity = 'severe' | 'warning' | 'notice';

/** A problem of a node or of the whole plan. */
export interface Finding {
  /** `seq-scan` */
  readonly rule: string;
  readonly severity: Severity;
  /** undefined if it concerns the whole plan. */
  readonly nodeId: number | undefined;
  /** The problem with its figure; a sentence without a full stop. */
  readonly text: string;
  /** The next thing to try; a sentence without a full stop. */
  readonly next: string;
}

/** An object that a proposal which is on has created in this transaction. */
export interface ProposedObject {
  readonly proposal: string;
  readonly kind: 'index' | 'materialized view' | 'statistics';
  readonly name: string;
  /** The table or view of an index or statistics; a view's own name. */
  readonly table: string;
  /** False if pg_index.indcheckxmin hides it from this transaction. */
  readonly usable: boolean;
}

export interface TableRows {
  readonly rows: number;
  readonly where: 'here' | 'production';
}

/** What the caller knows besides the plan; nothing for a plan from a file. */
export interface Surroundings {
  /** undefined for unknown tables. */
  readonly tableRows?: (relation: string) => TableRows | undefined;
  /** Default: LARGE_TABLE_ROWS. */
  readonly largeTableRows?: number;
  /** Memory that a query may hold at once; without a limit there is no such finding. */
  readonly memoryLimitBytes?: number;
  /** Used if the plan's settings do not list it: 1 for PostgreSQL 13 and 14. */
  readonly hashMemMultiplier?: number;
  /** Objects of the proposals that are on. */
  readonly proposed?: readonly ProposedObject[];
}

/** What rules examine, computed once for all of them. */
export interface RuleInput extends Surroundings {
  readonly plan: Plan;
  readonly nodes: readonly PlanNode[];
  readonly parents: readonly number[];
  readonly memory: PlanMemory;
  readonly misestimates: readonly (Misestimate | undefined)[];
}

export type Observation = Omit<Finding, 'rule'>;

/** At most one observation for each item. */
export const observed = <T>(
  items: readonly T[],
  observe: (item: T) => Observation | undefined,
): readonly Observation[] => items.flatMap(item => observe(item) ?? []);

/** undefined up to the limit of a notice. */
export function severityAbove(
  { notice, warning }: { readonly notice: number; readonly warning: number },
  share: number,
): Severity | undefined {
  if (share > warning) return 'warning';
  return share > notice ? 'notice' : undefined;
}

export interface Rule {
  readonly name: string;
  /** For docs/findings.md: what it finds, and its severities. */
  readonly about: string;
  /** Source of the rule or of its threshold. */
  readonly source: string;
  /** It needs what only a session knows. */
  readonly needs?: 'surroundings';
  readonly find: (input: RuleInput) => readonly Observation[];
}

// Thresholds. One table, so that they can be compared and discussed together.

/** Rows of a large table, unless the workload says otherwise (REQ-08 of the case study). */
export const LARGE_TABLE_ROWS = 1_000_000;

/** Share of the rows read that a filter removed (pev2: 50 and 90 %), and the least number of rows. */
export const REMOVED = { notice: 0.5, warning: 0.9, leastRows: 10_000 } as const;

/** Factor between actual and estimated rows (pev2, pgAdmin: 10, 100, 1000). */
export const MISESTIMATE = { notice: 10, warning: 100, severe: 1000 } as const;

/** Share of an index-only scan's rows that were fetched from the table (pev2: above 0, 40 and 90 %). */
export const HEAP_FETCHES = { notice: 0.1, warning: 0.4, leastFetches: 100 } as const;

/** Share of a bitmap's blocks that are lossy. */
export const LOSSY = { notice: 0.01, warning: 0.3 } as const;

/** A trigger's share of the execution time. */
export const TRIGGER = { notice: 0.1, warning: 0.4, leastMs: 10 } as const;

/** Share of the execution time that compiling took (pganalyze: 25 %). */
export const JIT = { notice: 0.1, warning: 0.25, leastMs: 10 } as const;

/** Runs of the inner side, and its share of the whole time. */
export const NESTED_LOOP = { leastLoops: 10_000, notice: 0.1, warning: 0.4 } as const;

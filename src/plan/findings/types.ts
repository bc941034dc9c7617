/** What a finding is, and what rules may know besides the plan. */
import type { PlanMemory } from '../memory.ts';
import type { Misestimate } from '../misestimate.ts';
import type { Plan, PlanNode } from '../types.ts';

export type Severity = 'severe' | 'warning' | 'notice';

/** Something worth telling about a node of a plan, or about the plan as a whole. */
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

export type Told = Omit<Finding, 'rule'>;

export interface Rule {
  readonly name: string;
  /** What it finds, and from where on it is how severe. */
  readonly about: string;
  /** Where the rule, or its threshold, comes from. */
  readonly source: string;
  readonly find: (subject: Subject) => readonly Told[];
}

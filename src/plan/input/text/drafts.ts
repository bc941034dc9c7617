/** Nodes and statements under construction, before they become the objects of FORMAT JSON. */
import type { Heading } from './headings.ts';

export type Draft = Record<string, unknown>;

export interface GroupingSet {
  readonly hashed: boolean;
  /** Column of its `Sort Key` line, which precedes its keys. */
  readonly sortColumn: number | undefined;
  readonly sortKey: readonly string[] | undefined;
  readonly keys: (readonly string[])[];
}

export interface NodeDraft {
  readonly heading: Heading;
  /** Line number of its heading. */
  readonly number: number;
  readonly subplanName: string | undefined;
  /** From its lines, in order. */
  readonly properties: Draft;
  readonly sets: GroupingSet[];
  readonly workers: Map<number, Draft>;
  readonly children: NodeDraft[];
  /** Its object in FORMAT JSON. Filled at the end, but referred to before. */
  readonly raw: Draft;
}

export interface StatementDraft {
  /** Under a Citus node: `remote` is a task's EXPLAIN, `subplan` one of the coordinator's. */
  readonly kind: 'top' | 'remote' | 'subplan';
  readonly nodes: NodeDraft[];
  /** Column of the root's arrow, or of its name without one. */
  readonly column: number;
  /** Lines of a log before the plan, and lines after it. */
  readonly before: Draft;
  readonly after: Draft;
  readonly triggers: Draft[];
  /** The lines below the tree have begun. */
  summarised: boolean;
  readonly raw: Draft;
}

export function newStatement(
  kind: StatementDraft['kind'],
  column: number,
  before: Draft = {},
): StatementDraft {
  return { kind, nodes: [], column, before, after: {}, triggers: [], summarised: false, raw: {} };
}

export function newNode(heading: Heading, number: number, subplanName: string | undefined): NodeDraft {
  return {
    heading,
    number,
    subplanName,
    properties: {},
    sets: [],
    workers: new Map(),
    children: [],
    raw: {},
  };
}

// What a line belongs to, by its indentation.

/** `column` is that of the opening line: deeper lines are inside. */
export type Scope =
  | { readonly kind: 'statement'; readonly column: number; readonly statement: StatementDraft }
  | { readonly kind: 'node'; readonly column: number; readonly node: NodeDraft; readonly in: StatementDraft }
  /** `InitPlan 1 (returns $0)`, `CTE x`: the name of the following node. */
  | { readonly kind: 'name'; readonly column: number; readonly name: string; readonly number: number }
  /** Lines under `Worker 0:`, `Planning:`, `JIT:` or a target table. */
  | { readonly kind: 'section'; readonly column: number; readonly name: SectionName; readonly draft: Draft }
  /** Citus' own arrows, which are no nodes. */
  | { readonly kind: 'task' | 'subplan' | 'job'; readonly column: number; readonly draft: Draft };

export type SectionName = 'worker' | 'planning' | 'jit' | 'serialization' | 'target' | 'debug';
export type Section = Extract<Scope, { kind: 'section' }>;

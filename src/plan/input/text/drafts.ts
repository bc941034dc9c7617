/** What is being read: nodes and statements under construction, before they become the objects of FORMAT JSON. */
import type { Heading } from './headings.ts';

export type Draft = Record<string, unknown>;

export interface GroupingSet {
  readonly hashed: boolean;
  /** Column of its `Sort Key` line, which stands above the keys it is for. */
  readonly sortColumn: number | undefined;
  readonly sortKey: readonly string[] | undefined;
  readonly keys: (readonly string[])[];
}

export interface NodeDraft {
  readonly heading: Heading;
  /** The line of its heading. */
  readonly number: number;
  readonly subplanName: string | undefined;
  /** What its lines said, in their order. */
  readonly properties: Draft;
  readonly sets: GroupingSet[];
  readonly workers: Map<number, Draft>;
  readonly children: NodeDraft[];
  /** The object it becomes; empty until the whole text is read, so that it can be put in its place at once. */
  readonly raw: Draft;
}

export interface StatementDraft {
  /** `top`, or under a Citus node: `remote` (a task's own EXPLAIN) or `subplan` (one of the coordinator's). */
  readonly kind: 'top' | 'remote' | 'subplan';
  readonly nodes: NodeDraft[];
  /** Column of the root's arrow, or of its first letter if it has none. */
  readonly column: number;
  /** What came before the plan in a log, and what came after it. */
  readonly before: Draft;
  readonly after: Draft;
  readonly triggers: Draft[];
  /** Lines below the tree have begun. */
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

// Where a line belongs: what its indentation puts it under.

/** `column` is that of the line that opened it: what is deeper is inside. */
export type Scope =
  | { readonly kind: 'statement'; readonly column: number; readonly statement: StatementDraft }
  | { readonly kind: 'node'; readonly column: number; readonly node: NodeDraft; readonly in: StatementDraft }
  /** `InitPlan 1 (returns $0)`, `CTE x`: the name of the node below it. */
  | { readonly kind: 'name'; readonly column: number; readonly name: string; readonly number: number }
  /** Lines indented under a line: `Worker 0:`, `Planning:`, `JIT:`, a target table. */
  | { readonly kind: 'section'; readonly column: number; readonly name: SectionName; readonly draft: Draft }
  /** Citus' own arrows: they head no node. */
  | { readonly kind: 'task' | 'subplan' | 'job'; readonly column: number; readonly draft: Draft };

export type SectionName = 'worker' | 'planning' | 'jit' | 'serialization' | 'target' | 'debug';
export type Section = Extract<Scope, { kind: 'section' }>;

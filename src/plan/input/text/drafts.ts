/** What is being read: nodes and statements under construction, before they become the objects of FORMAT JSON. */
import type { Heading } from './heading.ts';

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

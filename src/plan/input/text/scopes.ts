/** Where a line belongs: what its indentation puts it under. */
import type { Draft, NodeDraft, StatementDraft } from './drafts.ts';

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

export type SectionName = 'worker' | 'planning' | 'jit' | 'serialization' | 'target';
export type Section = Extract<Scope, { kind: 'section' }>;

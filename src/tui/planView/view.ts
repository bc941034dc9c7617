/** How one or two plans are looked at: what keys change, apart from where the plans come from. */
import type { Surroundings } from '../../plan/findings/find.ts';
import type { Plan } from '../../plan/plan.ts';
import type { EditedText } from '../editor/text.ts';

export type Side = 'before' | 'after';

/** What the bars measure; each in a node alone. */
export type Metric = 'time' | 'rows' | 'buffers' | 'cost' | 'memory';

export interface PlanView {
  /** The plan that has the cursor; in the unified view the one that has the node. */
  readonly side: Side;
  /** Node ids. */
  readonly cursor: Readonly<Record<Side, number>>;
  /** Ids of nodes whose children are out of sight. */
  readonly collapsed: Readonly<Record<Side, ReadonlySet<number>>>;
  readonly metric: Metric;
  /** `auto`: side by side where there is room, unified where there is not. */
  readonly arrangement: 'auto' | 'unified' | 'sides';
  /** Labels whole, over as many lines as they need. */
  readonly wrap: boolean;
  readonly search: (EditedText & { readonly editing: boolean }) | undefined;
}

/** All that drawing and moving need. `after` alone, or `before` alone, where there is nothing to compare. */
export interface PlanScene {
  readonly before: Plan | undefined;
  readonly after: Plan | undefined;
  /** What is known beside each of the plans. The same object as long as nothing changed: facts are kept by it. */
  readonly surroundings: Readonly<Record<Side, Surroundings>>;
  readonly view: PlanView;
}

const NONE: ReadonlySet<number> = new Set();

export const INITIAL_VIEW: PlanView = {
  side: 'after',
  cursor: { before: 0, after: 0 },
  collapsed: { before: NONE, after: NONE },
  metric: 'time',
  arrangement: 'auto',
  wrap: false,
  search: undefined,
};

export function otherSide(side: Side): Side {
  return side === 'before' ? 'after' : 'before';
}

/** For another pair of plans: the cursor at the top and all open; how it is looked at stays. */
export function viewOfOthers(view: PlanView): PlanView {
  return { ...view, cursor: INITIAL_VIEW.cursor, collapsed: INITIAL_VIEW.collapsed, search: undefined };
}

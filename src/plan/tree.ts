/** The lines of a terminal tree: which nodes show, and the strokes in front of each. */
import type { Plan, PlanNode } from './types.ts';

export interface TreeLine {
  readonly node: PlanNode;
  /** `│  ├─ `: three columns a level, '' for the root. */
  readonly guide: string;
  /** For lines that continue the node (its details): the strokes that pass beside them. */
  readonly continuation: string;
  readonly collapsed: boolean;
  /** How many nodes the collapsed node hides; 0 when open. */
  readonly hidden: number;
}

/** No terminal is wider; beyond it levels are not told apart, or the strokes of a chain would grow with its square. */
const WIDEST_GUIDE = 600;

/** Depth-first; a collapsed node shows without what is under it. */
export function treeLines(plan: Plan, collapsed: ReadonlySet<number> = new Set()): readonly TreeLine[] {
  const lines: TreeLine[] = [];
  const waiting = [{ node: plan.root, guide: '', below: '' }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, guide, below } = next;
    const isCollapsed = collapsed.has(node.id) && node.children.length > 0;
    const open = isCollapsed ? [] : node.children;
    lines.push({
      node,
      guide,
      continuation: open.length > 0 ? `${below}│  ` : `${below}   `,
      collapsed: isCollapsed,
      hidden: isCollapsed ? countBelow(node) : 0,
    });
    for (let i = open.length - 1; i >= 0; i--) {
      const child = open[i];
      if (child === undefined) continue;
      const last = i === open.length - 1;
      waiting.push({
        node: child,
        guide: `${below}${last ? '└─ ' : '├─ '}`,
        below: below.length < WIDEST_GUIDE ? `${below}${last ? '   ' : '│  '}` : below,
      });
    }
  }
  return lines;
}

/** Ids are positions in a depth-first walk, so the last node below tells how many there are. */
function countBelow(node: PlanNode): number {
  let last = node;
  for (let child = last.children.at(-1); child !== undefined; child = last.children.at(-1)) last = child;
  return last.id - node.id;
}

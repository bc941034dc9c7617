/** The lines of a terminal tree: which nodes show, and the strokes in front of each. */
import type { Plan, PlanNode } from './plan.ts';

interface TreeLine {
  readonly node: PlanNode;
  /** `│  ├─ `: three columns a level, '' for the root. */
  readonly guide: string;
  /** For lines that continue the node (its details): the strokes that pass beside them. */
  readonly continuation: string;
  readonly collapsed: boolean;
  /** How many nodes the collapsed node hides; 0 when open. */
  readonly hidden: number;
}

/** No terminal is wider; beyond it levels look the same, or the strokes of a chain would grow with its square. */
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

/** Ids are positions in a depth-first walk, so the last node below says how many there are. */
function countBelow(node: PlanNode): number {
  let last = node;
  for (let child = last.children.at(-1); child !== undefined; child = last.children.at(-1)) last = child;
  return last.id - node.id;
}

/** A plan as a list: what walks it needs no recursion, however deep it is. */

/** By root: a plan never changes, and much is computed from its list. */
const lists = new WeakMap<PlanNode, readonly PlanNode[]>();

/** Depth-first, the root first: a node's position is its id. */
export function flattenPlan({ root }: Plan): readonly PlanNode[] {
  const nodes = lists.get(root) ?? flattenFrom(root);
  lists.set(root, nodes);
  return nodes;
}

/** A node and all beneath it, depth-first. */
export function flattenFrom(root: PlanNode): readonly PlanNode[] {
  const nodes: PlanNode[] = [];
  const waiting: PlanNode[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    nodes.push(node);
    for (let i = node.children.length - 1; i >= 0; i--) {
      const child = node.children[i];
      if (child !== undefined) waiting.push(child);
    }
  }
  return nodes;
}

const parentLists = new WeakMap<readonly PlanNode[], readonly number[]>();

/** Id of every node's parent, by node id; -1 for the root. */
export function parentIds(nodes: readonly PlanNode[]): readonly number[] {
  const known = parentLists.get(nodes);
  if (known !== undefined) return known;
  const parents = nodes.map(() => -1);
  for (const node of nodes) for (const child of node.children) parents[child.id] = node.id;
  parentLists.set(nodes, parents);
  return parents;
}

/** Nodes of each node's subtree, itself included, by node id. @param parents A parent has a lower id than its children. */
export function subtreeSizes(parents: readonly number[]): readonly number[] {
  const sizes = parents.map(() => 1);
  for (let id = parents.length - 1; id >= 0; id--) {
    const parent = parents[id] ?? -1;
    if (parent >= 0) sizes[parent] = (sizes[parent] ?? 1) + (sizes[id] ?? 1);
  }
  return sizes;
}

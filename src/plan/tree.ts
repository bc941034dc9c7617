/** A plan as lines of a terminal tree, and as a flat list. No recursion: plans can be thousands of levels deep. */
import type { Plan, PlanNode } from './plan.ts';

interface TreeLine {
  readonly node: PlanNode;
  /** `│  ├─ `: three columns a level, '' for the root. */
  readonly guide: string;
  /** Guide for further lines of the node, such as its details. */
  readonly continuation: string;
}

/** Wider than any terminal. Without a limit the guides of a long chain would take quadratic memory. */
const WIDEST_GUIDE = 600;

/** Depth-first. */
export function treeLines(plan: Plan): readonly TreeLine[] {
  const lines: TreeLine[] = [];
  const waiting = [{ node: plan.root, guide: '', below: '' }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, guide, below } = next;
    lines.push({ node, guide, continuation: `${below}${node.children.length > 0 ? '│  ' : '   '}` });
    for (const [i, child] of node.children.toReversed().entries()) {
      const [corner, stroke] = i === 0 ? ['└─ ', '   '] : ['├─ ', '│  '];
      waiting.push({
        node: child,
        guide: below + corner,
        below: below.length < WIDEST_GUIDE ? below + stroke : below,
      });
    }
  }
  return lines;
}

/** Cached by root: plans are immutable, and many computations start from the list. */
const lists = new WeakMap<PlanNode, readonly PlanNode[]>();

/** Depth-first from the root: a node's index is its id. */
export function flattenPlan({ root }: Plan): readonly PlanNode[] {
  const nodes = lists.get(root) ?? flattenFrom(root);
  lists.set(root, nodes);
  return nodes;
}

/** A node and its descendants, depth-first. */
export function flattenFrom(root: PlanNode): readonly PlanNode[] {
  const nodes: PlanNode[] = [];
  const waiting: PlanNode[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    nodes.push(node);
    for (const child of node.children.toReversed()) waiting.push(child);
  }
  return nodes;
}

const parentLists = new WeakMap<readonly PlanNode[], readonly number[]>();

/** By node id; -1 for the root. */
export function parentIds(nodes: readonly PlanNode[]): readonly number[] {
  const known = parentLists.get(nodes);
  if (known !== undefined) return known;
  const parents = nodes.map(() => -1);
  for (const node of nodes) for (const child of node.children) parents[child.id] = node.id;
  parentLists.set(nodes, parents);
  return parents;
}

/** Number of nodes in each subtree, by node id. @param parents Each parent has a lower id than its children. */
export function subtreeSizes(parents: readonly number[]): readonly number[] {
  const sizes = parents.map(() => 1);
  for (let id = parents.length - 1; id >= 0; id--) {
    const parent = parents[id] ?? -1;
    if (parent >= 0) sizes[parent] = (sizes[parent] ?? 1) + (sizes[id] ?? 1);
  }
  return sizes;
}

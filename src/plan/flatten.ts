/** A plan as a list: what walks it needs no recursion, however deep it is. */
import type { Plan, PlanNode } from './types.ts';

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

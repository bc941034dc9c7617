/** Cost of each node, without its children and with them, in the planner's unit. */
import type { PlanNode } from '../plan.ts';
import { parentIds } from '../tree.ts';
import { exclusiveAmounts } from './exclusive.ts';

/**
 * By node id; the costs add up to the root's total cost. A child's printed cost is that of one loop: the inner side of
 * a Nested Loop runs once per outer row, a SubPlan once per row. InitPlans and CTEs are part of the node they hang
 * under. A node below a LIMIT counts only for the part that runs.
 */
export function exclusiveCosts(nodes: readonly PlanNode[]): readonly number[] {
  const parents = parentIds(nodes);
  const inclusive = nodes.map(node => {
    const parent = nodes[parents[node.id] ?? -1];
    return node.totalCost * (parent === undefined ? 1 : expectedLoops(node, parent));
  });
  // Costs here are per loop of the parent; scaledDown() multiplies them by the loops above.
  return exclusiveAmounts(
    scaledDown(inclusive, nodes, parents),
    nodes.map(({ id, apart }) => (apart ? [] : [parents[id] ?? -1].filter(parent => parent >= 0))),
  );
}

/** By node id: the cost of a node and of all beneath it, over all its loops. */
export function inclusiveCosts(nodes: readonly PlanNode[]): readonly number[] {
  const parents = parentIds(nodes);
  const costs = [...exclusiveCosts(nodes)];
  for (const { id, apart } of [...nodes].reverse()) {
    const parent = parents[id] ?? -1;
    if (parent >= 0 && !apart) costs[parent] = (costs[parent] ?? 0) + (costs[id] ?? 0);
  }
  return costs;
}

/** Expected runs of the node for one run of its parent. */
export function expectedLoops(node: PlanNode, parent: PlanNode): number {
  if (parent.nodeType === 'Nested Loop' && node.parentRelationship === 'Inner') {
    const outer = parent.children.find(child => child.parentRelationship === 'Outer');
    return Math.max(1, outer?.planRows ?? 1);
  }
  if (node.parentRelationship === 'SubPlan' && !isHashed(node, parent)) return Math.max(1, parent.planRows);
  return 1;
}

/**
 * A hashed SubPlan runs once. Its parent names it `(hashed SubPlan 1)`, up to 13 also `(alternatives: SubPlan 1 or
 * hashed SubPlan 2)`. Names are compared whole: `SubPlan 11` is not `SubPlan 1`.
 */
export function isHashed({ subplanName }: PlanNode, parent: PlanNode): boolean {
  return subplanName !== undefined && hashedIn(parent).has(subplanName);
}

/** Cached, because a node can have thousands of SubPlans that its conditions all name. */
const hashed = new WeakMap<PlanNode, ReadonlySet<string>>();

function hashedIn(node: PlanNode): ReadonlySet<string> {
  const known = hashed.get(node);
  if (known !== undefined) return known;
  const mentions = node.details.flatMap(({ value }) => [...value.matchAll(/hashed (.+?)(?:\)| or )/g)]);
  const names = new Set(mentions.map(([, name = '']) => name));
  hashed.set(node, names);
  return names;
}

/** Cost over the whole query: the cost for one run of the parent, times the parent's runs. */
function scaledDown(
  perParentLoop: readonly number[],
  nodes: readonly PlanNode[],
  parents: readonly number[],
): readonly number[] {
  const whole: number[] = [];
  for (const node of nodes) {
    const parent = node.apart ? undefined : nodes[parents[node.id] ?? -1];
    const parentWhole = parent === undefined ? 0 : (whole[parent.id] ?? 0);
    const ratio = parent === undefined || parent.totalCost === 0 ? 1 : parentWhole / parent.totalCost;
    whole.push((perParentLoop[node.id] ?? 0) * ratio);
  }
  return whole;
}

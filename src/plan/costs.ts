/** Where the planner thinks the cost goes. Costs are the planner's unit, not ms. */
import { exclusiveAmounts } from './exclusive.ts';
import { parentIds } from './flatten.ts';
import type { PlanNode } from './types.ts';

/**
 * Cost of each node without its children, by node id; they add up to the root's total cost. A child's total cost is
 * that of one loop: the inner side of a Nested Loop runs once per outer row, a SubPlan once per row. InitPlans and
 * CTEs are in the total of the node they hang under. What a LIMIT cuts short counts only as far as it goes.
 * @param nodes The plan depth-first (flatten.ts).
 */
export function exclusiveCosts(nodes: readonly PlanNode[]): readonly number[] {
  const parents = parentIds(nodes);
  const inclusive = nodes.map(node => {
    const parent = nodes[parents[node.id] ?? -1];
    return node.totalCost * (parent === undefined ? 1 : expectedLoops(node, parent));
  });
  // Per loop of the parent: a child of something that loops is already scaled with it.
  return exclusiveAmounts(
    scaledDown(inclusive, nodes, parents),
    nodes.map(({ id, apart }) => (apart ? [] : [parents[id] ?? -1].filter(parent => parent >= 0))),
  );
}

/** How often the planner expects the node to run for one run of its parent. */
export function expectedLoops(node: PlanNode, parent: PlanNode): number {
  if (parent.nodeType === 'Nested Loop' && node.parentRelationship === 'Inner') {
    const outer = parent.children.find(child => child.parentRelationship === 'Outer');
    return Math.max(1, outer?.planRows ?? 1);
  }
  if (node.parentRelationship === 'SubPlan' && !isHashed(node, parent)) return Math.max(1, parent.planRows);
  return 1;
}

/**
 * A hashed SubPlan is run once, whole, and remembered: `(hashed SubPlan 1)`; up to 13 also `(alternatives: SubPlan 1 or
 * hashed SubPlan 2)`. Whole names: `SubPlan 11` is not `SubPlan 1`.
 */
export function isHashed({ subplanName }: PlanNode, parent: PlanNode): boolean {
  return subplanName !== undefined && hashedIn(parent).has(subplanName);
}

/** By node: it can have thousands of SubPlans, and each is looked for in conditions that name all of them. */
const hashed = new WeakMap<PlanNode, ReadonlySet<string>>();

function hashedIn(node: PlanNode): ReadonlySet<string> {
  const known = hashed.get(node);
  if (known !== undefined) return known;
  const mentions = node.details.flatMap(({ value }) => [...value.matchAll(/hashed (.+?)(?:\)| or )/g)]);
  const names = new Set(mentions.map(([, name = '']) => name));
  hashed.set(node, names);
  return names;
}

/** Cost over the whole query of each node: what it costs its parent, times how often that runs. */
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

/** Whose workers run a node. */
import { cteName, isGather } from './subplans.ts';
import type { PlanNode } from './types.ts';

/**
 * By node id the Gather whose processes run it; undefined for what the leader runs alone: what is under no Gather, a
 * CTE, and the InitPlans and SubPlans of the Gather itself. From 17 on InitPlans of the nodes beneath run in the workers.
 * @param nodes The plan depth-first (flatten.ts).
 */
export function gathersAbove(
  nodes: readonly PlanNode[],
  parents: readonly number[],
): readonly (PlanNode | undefined)[] {
  const gathers: (PlanNode | undefined)[] = [];
  for (const node of nodes) {
    const parent = nodes[parents[node.id] ?? -1];
    if (parent === undefined || node.apart || cteName(node) !== undefined) gathers.push(undefined);
    else gathers.push(isGather(parent) && node.subplanName === undefined ? parent : gathers[parent.id]);
  }
  return gathers;
}

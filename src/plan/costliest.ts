/** Where to look first. */
import { exclusiveCosts } from './costs.ts';
import { flattenPlan } from './flatten.ts';
import type { Plan, PlanNode } from './types.ts';

/**
 * The node with the highest exclusive time, or in a plan without times the highest exclusive cost; of equals the
 * first in the tree.
 */
export function costliestNode(plan: Plan): PlanNode {
  const nodes = flattenPlan(plan);
  const amounts = plan.timed ? nodes.map(node => node.actual?.exclusiveMs ?? 0) : exclusiveCosts(nodes);
  let best = plan.root;
  for (const node of nodes) if ((amounts[node.id] ?? 0) > (amounts[best.id] ?? 0)) best = node;
  return best;
}

/** Where to look first. */
import { flattenPlan } from './flatten.ts';
import { selfAmounts } from './self-amounts.ts';
import type { Plan, PlanNode } from './types.ts';

/**
 * The node with the highest exclusive time, or in a plan without times the highest exclusive cost; of equals the
 * first in the tree.
 */
export function costliestNode(plan: Plan): PlanNode {
  const nodes = flattenPlan(plan);
  const amounts = selfAmounts(plan);
  let best = plan.root;
  for (const node of nodes) if ((amounts[node.id] ?? 0) > (amounts[best.id] ?? 0)) best = node;
  return best;
}

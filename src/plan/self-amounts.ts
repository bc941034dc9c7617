/** What each node takes by itself, and its share of the tree it belongs to. */
import { exclusiveCosts } from './costs.ts';
import { flattenPlan } from './flatten.ts';
import type { Plan, PlanNode } from './types.ts';

/** By node id: exclusive ms, 0 for a node without; or exclusive cost, for a plan without times or beside one. */
export function selfAmounts(plan: Plan, timed = plan.timed): readonly number[] {
  const nodes = flattenPlan(plan);
  return timed ? nodes.map(node => node.actual?.exclusiveMs ?? 0) : exclusiveCosts(nodes);
}

/** By node id, 0…1: the tree is the node's own, not that of another server. */
export function sharesOf(nodes: readonly PlanNode[], amounts: readonly number[]): readonly number[] {
  const totals = new Map<number, number>();
  for (const { id, scope } of nodes) totals.set(scope, (totals.get(scope) ?? 0) + (amounts[id] ?? 0));
  return nodes.map(
    ({ id, scope }) => (amounts[id] ?? 0) / Math.max(totals.get(scope) ?? 0, Number.MIN_VALUE),
  );
}

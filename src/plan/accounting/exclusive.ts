/** What a node took without what ran in it. */
import type { Plan, PlanNode } from '../plan.ts';
import { flattenPlan } from '../tree.ts';
import { exclusiveCosts } from './costs.ts';
import { fractions, type Readers } from './readers.ts';

/**
 * Exclusive amounts (ms, or cost) that add up to the root's inclusive one: node − Σ what it pays for, floored at 0.
 * Where that says it took longer than the node (averages are rounded, and each parallel node names its own slowest
 * process), all beneath is scaled down to what the node took, so that nothing is counted twice.
 * @param inclusive Amount with children, by node id.
 * @param readers The nodes that pay for each node (readers.ts).
 */
export function exclusiveAmounts(inclusive: readonly number[], readers: Readers): readonly number[] {
  const weight = (id: number) => inclusive[id] ?? 0;
  const parts = partsOf(readers, weight);
  const exclusive = inclusive.map(() => 0);
  const waitingFor = readers.map(payers => payers.length);
  // No node pays for the root, nor for a data-modifying CTE that runs on without a reader: these count in full.
  const scale = waitingFor.map((count): number => (count === 0 ? 1 : 0));
  const ready = inclusive.map((_, id) => id).filter(id => waitingFor[id] === 0);
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    const own = parts[id] ?? [];
    const sum = own.reduce((total, part) => total + weight(part.id) * part.fraction, 0);
    const scaleHere = scale[id] ?? 0;
    exclusive[id] = Math.max(0, weight(id) - sum) * scaleHere;
    const scaleBelow = sum > weight(id) ? (scaleHere * weight(id)) / sum : scaleHere;
    for (const part of own) {
      scale[part.id] = (scale[part.id] ?? 0) + scaleBelow * part.fraction;
      const left = (waitingFor[part.id] ?? 0) - 1;
      waitingFor[part.id] = left;
      if (left === 0) ready.push(part.id);
    }
  }
  return exclusive;
}

/** For each node id what it pays for, and how much of it. */
function partsOf(readers: Readers, weight: (id: number) => number) {
  const parts: { readonly id: number; readonly fraction: number }[][] = readers.map(() => []);
  readers.forEach((payers, id) => {
    const shares = fractions(payers, weight);
    payers.forEach((payer, i) => {
      parts[payer]?.push({ id, fraction: shares[i] ?? 0 });
    });
  });
  return parts;
}

/** What each node takes by itself, and its share of the tree it belongs to. */

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

/** Where to look first. */

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

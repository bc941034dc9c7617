/** Amounts (time, cost, counters) of nodes without their children. */
import type { Plan, PlanNode } from '../plan.ts';
import { flattenPlan } from '../tree.ts';
import { exclusiveCosts } from './costs.ts';
import { fractions, type Readers } from './readers.ts';

/**
 * The amounts add up to the root's inclusive one: each is the node's own minus those of the nodes that it pays for, at
 * least 0. If the parts exceed the node (averages are rounded, and each parallel node reports its own slowest process),
 * all nodes beneath are scaled down, so that nothing counts twice.
 * @param inclusive Amount with children, by node id.
 * @param readers The nodes that pay for each node (readers.ts).
 */
export function exclusiveAmounts(inclusive: readonly number[], readers: Readers): readonly number[] {
  const weight = (id: number) => inclusive[id] ?? 0;
  const parts = partsOf(readers, weight);
  const exclusive = inclusive.map(() => 0);
  const waitingFor = readers.map(payers => payers.length);
  // No node pays for the root or for a data-modifying CTE without a reader: these count in full.
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

/** By node id: the nodes it pays for, with its fraction of each. */
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

/** By node id: exclusive ms (0 if unknown), or exclusive cost. @param timed False for costs of a plan with times. */
export function selfAmounts(plan: Plan, timed = plan.timed): readonly number[] {
  const nodes = flattenPlan(plan);
  return timed ? nodes.map(node => node.actual?.exclusiveMs ?? 0) : exclusiveCosts(nodes);
}

/** By node id, 0…1, of the node's scope: a plan of another server is a whole of its own. */
export function sharesOf(nodes: readonly PlanNode[], amounts: readonly number[]): readonly number[] {
  const totals = new Map<number, number>();
  for (const { id, scope } of nodes) totals.set(scope, (totals.get(scope) ?? 0) + (amounts[id] ?? 0));
  return nodes.map(
    ({ id, scope }) => (amounts[id] ?? 0) / Math.max(totals.get(scope) ?? 0, Number.MIN_VALUE),
  );
}

/** The node with the highest exclusive time, or cost in a plan without times; the first of equals. */
export function costliestNode(plan: Plan): PlanNode {
  const nodes = flattenPlan(plan);
  const amounts = selfAmounts(plan);
  let best = plan.root;
  for (const node of nodes) if ((amounts[node.id] ?? 0) > (amounts[best.id] ?? 0)) best = node;
  return best;
}

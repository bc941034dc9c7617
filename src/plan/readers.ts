/** Who pays for each node: its parent, or for a CTE or an InitPlan its readers. */
import { cteScans } from './cte-scans.ts';
import { initPlanReaders, type Weight } from './init-plan-readers.ts';
import type { Skeleton } from './skeleton.ts';
import { isPartOfParent } from './subplans.ts';

/** For each node id those who pay; several only for a CTE, none for the root, for a CTE that no node reads and for what stands apart. */
export type Readers = readonly (readonly number[])[];

export function readersOf(nodes: Skeleton, weight: Weight): Readers {
  const scans = cteScans(nodes);
  const initPlans = initPlanReaders(nodes, weight);
  return nodes.map(node => {
    if (node.parent < 0 || node.apart) return [];
    if (isPartOfParent(node)) return [node.parent];
    const reader = initPlans.get(node.id);
    return reader === undefined ? (scans.get(node.id) ?? []) : [reader];
  });
}

/** Each payer's fraction, in proportion to what it holds; the fractions add up to 1. */
export function fractions(payers: readonly number[], weight: Weight): readonly number[] {
  if (payers.length === 1) return [1];
  const all = payers.reduce((sum, id) => sum + weight(id), 0);
  return payers.map(id => (all > 0 ? weight(id) / all : 1 / payers.length));
}

/** What a plan reads, and how. */

import type { Plan, PlanNode } from './plan.ts';
import { flattenPlan } from './tree.ts';

/** Names of the indexes the plan scans, in branches that were never executed too. */
export function usedIndexes(plan: Plan): Set<string> {
  return namesOf(plan, node => [node.index]);
}

/** Names of the tables and views the plan reads. A bitmap's index belongs to the heap scan above it. */
export function usedRelations(plan: Plan): Set<string> {
  return namesOf(plan, node => [node.relation]);
}

/** Both: everything the plan reads by name. */
export function usedNames(plan: Plan): Set<string> {
  return namesOf(plan, node => [node.index, node.relation]);
}

/** Whether a plan owes something to a proposal. @param names What it built, for a plan that no session looked at. */
export const isUsed = (plan: Plan, proposal: string, names: readonly string[]): boolean =>
  plan.uses?.includes(proposal) ?? names.some(name => usedNames(plan).has(name));

/** Sequential scans of tables, parallel and sampling ones included; in plan order. */
export function sequentialScans(plan: Plan): PlanNode[] {
  return flattenPlan(plan).filter(
    ({ nodeType, relation }) => relation !== undefined && SEQUENTIAL.has(nodeType),
  );
}

const SEQUENTIAL: ReadonlySet<string> = new Set(['Seq Scan', 'Parallel Seq Scan', 'Sample Scan']);

function namesOf(plan: Plan, names: (node: PlanNode) => readonly (string | undefined)[]): Set<string> {
  return new Set(
    flattenPlan(plan)
      .flatMap(names)
      .filter(name => name !== undefined),
  );
}

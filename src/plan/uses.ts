/** The tables and indexes that a plan reads. */

import type { Plan, PlanNode } from './plan.ts';
import { flattenPlan } from './tree.ts';

/** Tables and views that the plan reads. A bitmap index scan counts only for the heap scan above it. */
export function usedRelations(plan: Plan): Set<string> {
  return namesOf(plan, node => [node.relation]);
}

/** Tables, views and indexes that the plan reads, also in branches that never ran. */
export function usedNames(plan: Plan): Set<string> {
  return namesOf(plan, node => [node.index, node.relation]);
}

/** Whether the plan uses a proposal. @param names Its objects, for a plan that comes from no session (`Plan.uses`). */
export const isUsed = (plan: Plan, proposal: string, names: readonly string[]): boolean =>
  plan.uses?.includes(proposal) ?? names.some(name => usedNames(plan).has(name));

/** Sequential scans of tables, including parallel and sampling ones, in plan order. */
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

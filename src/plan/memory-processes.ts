/** How many processes hold what a node holds. */
import { isGather } from './subplans.ts';
import type { PlanNode } from './types.ts';

/** By node id: the workers that came (or, of a plan that was not run, are planned) and the leader; 1 outside a Gather. */
export function processCounts(
  nodes: readonly PlanNode[],
  parents: readonly number[],
  leaderTakesPart: boolean,
): readonly number[] {
  const counts: number[] = [];
  for (const node of nodes) {
    const parent = nodes[parents[node.id] ?? -1];
    const inherited = parent === undefined || node.apart ? 1 : (counts[parent.id] ?? 1);
    const beside = node.subplanName !== undefined;
    counts[node.id] =
      parent !== undefined && !beside && isGather(parent) ? underGather(parent, leaderTakesPart) : inherited;
    // The leader alone computes a CTE and an InitPlan.
    if (beside && node.parentRelationship === 'InitPlan') counts[node.id] = 1;
  }
  return counts;
}

function underGather(gather: PlanNode, leaderTakesPart: boolean): number {
  const workers = gather.workersLaunched ?? gather.workersPlanned ?? 0;
  const leads = leaderTakesPart && gather.raw['Single Copy'] !== true;
  return Math.max(1, leads ? workers + 1 : workers);
}

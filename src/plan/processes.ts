/** How many processes may have run each node: the leader and the workers of the Gather above it. */
import { numberOf } from './json.ts';
import type { RawNode, Skeleton } from './skeleton.ts';
import { cteName, isGather, isPartOfParent, isSubPlan } from './subplans.ts';

/**
 * 1 outside any Gather. The division is inherited downwards, but not into a CTE (only the leader reads it), nor into
 * an InitPlan or SubPlan of the Gather itself, which runs above the workers.
 * @param leaderTakesPart False under `parallel_leader_participation = off`.
 */
export function processesOf(nodes: Skeleton, leaderTakesPart: boolean): readonly number[] {
  const processes: number[] = [];
  for (const node of nodes) {
    const parent = nodes[node.parent];
    if (parent === undefined || node.apart || cteName(node) !== undefined) processes.push(1);
    else if (!isGather(parent)) processes.push(processes[parent.id] ?? 1);
    else if (isSubPlan(node) || !isPartOfParent(node)) processes.push(processes[parent.id] ?? 1);
    else processes.push(underGather(parent, leaderTakesPart));
  }
  return processes;
}

function underGather(gather: RawNode, leaderTakesPart: boolean): number {
  const launched = numberOf(gather.raw, 'Workers Launched') ?? 0;
  // Single Copy (debug_parallel_query): one worker runs it all and the leader only passes it on.
  const leads = leaderTakesPart && gather.raw['Single Copy'] !== true;
  return Math.max(1, leads ? launched + 1 : launched);
}

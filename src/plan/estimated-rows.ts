/** The planner's estimate of rows, over all loops and processes: what may stand beside the actual rows in all. */
import { expectedLoops } from './costs.ts';
import { parentIds } from './flatten.ts';
import { gathersAbove } from './gathers.ts';
import { leaderTakesPart } from './leader.ts';
import type { Plan, PlanNode } from './types.ts';

/** costsize.c, get_parallel_divisor(): what each worker takes of the leader's own time. */
const LEADER_BUSY_PER_WORKER = 0.3;
const MOST_LOOPS = 1e100;

/**
 * By node id. `Plan Rows` is one loop's. Beneath a Gather it is one process's share where the work is split (something
 * parallel-aware lies at or beneath the node), and the share was made by dividing by the parallel divisor, not
 * by the number of processes: two workers and the leader count for 2.4.
 * @param nodes The plan depth-first (flatten.ts).
 * @param settings The plan's, for parallel_leader_participation.
 */
export function estimatedRows(
  nodes: readonly PlanNode[],
  settings: Plan['settings'] = {},
): readonly number[] {
  const parents = parentIds(nodes);
  const gathers = gathersAbove(nodes, parents);
  const split: boolean[] = [];
  for (const node of [...nodes].reverse()) {
    split[node.id] = node.parallelAware || split[node.id] === true;
    const parent = parents[node.id] ?? -1;
    if (split[node.id] && parent >= 0 && gathers[parent] === gathers[node.id]) split[parent] = true;
  }
  const expected: number[] = [];
  return nodes.map(node => {
    const parent = nodes[parents[node.id] ?? -1];
    const loopsAbove = parent === undefined ? 1 : (expected[parent.id] ?? 1) * expectedLoops(node, parent);
    // Nested loops a few hundred deep would count beyond what a number holds.
    expected[node.id] = Math.min(loopsAbove, MOST_LOOPS);
    const loops = Math.max(1, node.actual?.loops ?? expected[node.id] ?? 1);
    const gather = gathers[node.id];
    if (gather === undefined || split[node.id] !== true) return node.planRows * loops;
    // Each run of the Gather goes through the whole once, in however many processes.
    const runs = node.actual === undefined ? loops : Math.max(1, gather.actual?.loops ?? 1);
    return node.planRows * parallelDivisor(gather.workersPlanned ?? 0, leaderTakesPart(settings)) * runs;
  });
}

/** How many processes' worth of work the planner reckons with, the leader's included where it takes part. */
export function parallelDivisor(workers: number, leads = true): number {
  if (!leads) return Math.max(1, workers);
  return workers + Math.max(0, 1 - LEADER_BUSY_PER_WORKER * workers);
}

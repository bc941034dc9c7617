/** How many rows: expected over all loops and processes, and of a scanned table, once. */
import { expectedLoops } from './costs.ts';
import { parentIds } from './flatten.ts';
import { leaderTakesPart, processesOf, splitNodes } from './processes.ts';
import type { Plan, PlanNode } from './types.ts';

/** costsize.c, get_parallel_divisor(): what each worker takes of the leader's own time. */
const LEADER_BUSY_PER_WORKER = 0.3;
const MOST_LOOPS = 1e100;

/**
 * By node id, what may stand beside the actual rows in all. `Plan Rows` is one loop's. Beneath a Gather it is one
 * process's share where the work is split (something parallel-aware lies at or beneath the node), and the share was made
 * by dividing by the parallel divisor, not by the number of processes: two workers and the leader count for 2.4.
 * @param nodes The plan depth-first (flatten.ts).
 * @param settings The plan's, for parallel_leader_participation.
 */
export function estimatedRows(
  nodes: readonly PlanNode[],
  settings: Plan['settings'] = {},
): readonly number[] {
  return rowEstimates(nodes, settings).map(({ rows }) => rows);
}

/** The same, and how often the whole is gone through: what several processes share, they go through once together. */
function rowEstimates(nodes: readonly PlanNode[], settings: Plan['settings']) {
  const parents = parentIds(nodes);
  const leads = leaderTakesPart(settings);
  const processes = processesOf(nodes, parents, leads);
  const split = splitNodes(nodes, parents);
  const expected: number[] = [];
  return nodes.map(node => {
    const parent = nodes[parents[node.id] ?? -1];
    const loopsAbove = parent === undefined ? 1 : (expected[parent.id] ?? 1) * expectedLoops(node, parent);
    // Nested loops a few hundred deep would count beyond what a number holds.
    expected[node.id] = Math.min(loopsAbove, MOST_LOOPS);
    const loops = Math.max(1, node.actual?.loops ?? expected[node.id] ?? 1);
    const gather = nodes[processes[node.id]?.gather ?? -1];
    if (gather === undefined || split[node.id] !== true)
      return { rows: node.planRows * loops, rounds: loops };
    // Each run of the Gather goes through the whole once, in however many processes.
    const rounds = node.actual === undefined ? loops : Math.max(1, gather.actual?.loops ?? 1);
    return { rows: node.planRows * parallelDivisor(gather.workersPlanned ?? 0, leads) * rounds, rounds };
  });
}

/**
 * Rows of a scan's table, by node id: what it gave out and what its filter removed, in one pass of all processes together;
 * of a plan that was not run, what it is expected to give out.
 * @returns undefined where it was not executed.
 */
export function rowsScannedOnce(
  nodes: readonly PlanNode[],
  settings: Plan['settings'] = {},
): readonly (number | undefined)[] {
  const estimates = rowEstimates(nodes, settings);
  return nodes.map(({ id, actual }) => {
    const { rows, rounds } = estimates[id] ?? { rows: 0, rounds: 1 };
    if (actual === undefined) return rows / rounds;
    return actual.executed ? (actual.rows + actual.rowsRemoved) / rounds : undefined;
  });
}

/** How many processes' worth of work the planner reckons with, the leader's included where it takes part. */
export function parallelDivisor(workers: number, leads = true): number {
  if (!leads) return Math.max(1, workers);
  return workers + Math.max(0, 1 - LEADER_BUSY_PER_WORKER * workers);
}

/** From averages per loop to totals, and to the wall time a person waits for. */
import { numberOf, recordsOf } from './json.ts';
import type { RawNode, Skeleton } from './skeleton.ts';
import { isGather, isPartOfParent } from './subplans.ts';

/** `Actual Total Time` and the rows are averages; PostgreSQL counts the loops of every process. */
export function loopsOf(node: RawNode): number | undefined {
  return numberOf(node.raw, 'Actual Loops');
}

/** Time × loops of one process or of all, ms; undefined with TIMING OFF. */
function totalMs(raw: RawNode['raw']): number | undefined {
  const perLoop = numberOf(raw, 'Actual Total Time');
  const loops = numberOf(raw, 'Actual Loops');
  return perLoop === undefined || loops === undefined ? undefined : perLoop * loops;
}

/**
 * The slowest process's time, when VERBOSE listed the workers; undefined when it did not. The leader is not
 * listed: it did what the workers did not.
 */
export function slowestProcessMs(node: RawNode): number | undefined {
  const all = totalMs(node.raw);
  const loops = loopsOf(node);
  if (all === undefined || loops === undefined) return undefined;
  let slowest: number | undefined;
  let leaderMs = all;
  let leaderLoops = loops;
  for (const worker of recordsOf(node.raw, 'Workers')) {
    const ms = totalMs(worker);
    if (ms === undefined) continue;
    slowest = Math.max(slowest ?? 0, ms);
    leaderMs -= ms;
    leaderLoops -= numberOf(worker, 'Actual Loops') ?? 0;
  }
  if (slowest === undefined) return undefined;
  return leaderLoops > 0 ? Math.max(slowest, leaderMs) : slowest;
}

/** EXPLAIN prints averages per loop to a thousandth of a ms: how far the total may be off. */
const ROUNDING_MS = 0.0005;

/**
 * Wall time with children of every node, ms; undefined for a node without times.
 * In parallel: the slowest process's; else the total shared by the processes that can have run it (a node with one
 * loop for each of its Gather's ran in one process, however many were launched), and never less than any one of its
 * children took.
 * A node of many short loops may be rounded to less than its children took (Memoize: 0.000 ms × 118,020): it took at
 * least as long as they did, as far as rounding explains it.
 */
export function inclusiveTimes(
  nodes: Skeleton,
  processes: readonly number[],
): readonly (number | undefined)[] {
  const times: (number | undefined)[] = nodes.map(() => undefined);
  const longestChild: number[] = nodes.map(() => 0);
  const allChildren: number[] = nodes.map(() => 0);
  const rounds = roundsOf(nodes, processes);
  for (const node of nodes.toReversed()) {
    const { id, parent } = node;
    const all = totalMs(node.raw);
    if (all === undefined) continue;
    const possible = processes[id] ?? 1;
    const sharing = Math.max(1, Math.min(possible, Math.ceil((loopsOf(node) ?? 1) / (rounds[id] ?? 1))));
    const shared = Math.max(all / sharing, longestChild[id] ?? 0);
    const wall = possible > 1 ? (slowestProcessMs(node) ?? shared) : all;
    const slack = (ROUNDING_MS * (loopsOf(node) ?? 0)) / sharing;
    const ms = Math.max(wall, Math.min(allChildren[id] ?? 0, wall + slack));
    times[id] = ms;
    if (!isPartOfParent(node)) continue;
    longestChild[parent] = Math.max(longestChild[parent] ?? 0, ms);
    allChildren[parent] = (allChildren[parent] ?? 0) + ms;
  }
  return times;
}

/** By node id: how often the Gather above has run (in a SubPlan or on an inner side); 1 where nothing is divided. */
function roundsOf(nodes: Skeleton, processes: readonly number[]): readonly number[] {
  const rounds: number[] = [];
  for (const { id, parent } of nodes) {
    const above = nodes[parent];
    if (above === undefined || (processes[id] ?? 1) <= 1) rounds.push(1);
    else if (isGather(above) && processes[id] !== processes[parent])
      rounds.push(Math.max(1, loopsOf(above) ?? 1));
    else rounds.push(rounds[parent] ?? 1);
  }
  return rounds;
}

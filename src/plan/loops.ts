/** From averages per loop to totals, and to the wall time a person waits for. */
import { numberOf } from './json.ts';
import { listedWorkers, type Processes } from './processes.ts';
import type { RawNode, Skeleton } from './skeleton.ts';
import { isPartOfParent } from './subplans.ts';

/** `Actual Total Time` and the rows are averages; PostgreSQL counts the loops of every process. */
export function loopsOf(node: RawNode): number | undefined {
  return numberOf(node.raw, 'Actual Loops');
}

/** Time × loops of all processes, ms; undefined with TIMING OFF. */
function totalMs(node: RawNode): number | undefined {
  const perLoop = numberOf(node.raw, 'Actual Total Time');
  const loops = loopsOf(node);
  return perLoop === undefined || loops === undefined ? undefined : perLoop * loops;
}

/**
 * The slowest process's time, when VERBOSE listed the workers; undefined when it did not. The leader is not
 * listed: it did what the workers did not.
 */
function slowestProcessMs(node: RawNode, all: number): number | undefined {
  let slowest: number | undefined;
  let leaderMs = all;
  let leaderLoops = loopsOf(node) ?? 0;
  for (const { ms, loops } of listedWorkers(node.raw)) {
    if (ms === undefined) continue;
    slowest = Math.max(slowest ?? 0, ms);
    leaderMs -= ms;
    leaderLoops -= loops;
  }
  if (slowest === undefined) return undefined;
  return leaderLoops > 0 ? Math.max(slowest, leaderMs) : slowest;
}

/** EXPLAIN prints averages per loop to a thousandth of a ms: how far the total may be off. */
const ROUNDING_MS = 0.0005;

/**
 * Wall time with children of every node, ms; undefined for a node without times.
 * In parallel: the slowest process's; else the total shared by the processes that ran it (processes.ts), and never less
 * than any one of its children took.
 * A node of many short loops may be rounded to less than its children took (Memoize: 0.000 ms × 118,020): it took at
 * least as long as they did, as far as rounding explains it.
 */
export function inclusiveTimes(
  nodes: Skeleton,
  processes: readonly Processes[],
): readonly (number | undefined)[] {
  const times: (number | undefined)[] = nodes.map(() => undefined);
  const longestChild: number[] = nodes.map(() => 0);
  const allChildren: number[] = nodes.map(() => 0);
  for (const node of nodes.toReversed()) {
    const { id, parent } = node;
    const all = totalMs(node);
    if (all === undefined) continue;
    const sharing = processes[id]?.count ?? 1;
    const shared = () => Math.max(all / sharing, longestChild[id] ?? 0);
    const wall = sharing > 1 ? (slowestProcessMs(node, all) ?? shared()) : all;
    const slack = (ROUNDING_MS * (loopsOf(node) ?? 0)) / sharing;
    const ms = Math.max(wall, Math.min(allChildren[id] ?? 0, wall + slack));
    times[id] = ms;
    if (!isPartOfParent(node)) continue;
    longestChild[parent] = Math.max(longestChild[parent] ?? 0, ms);
    allChildren[parent] = (allChildren[parent] ?? 0) + ms;
  }
  return times;
}

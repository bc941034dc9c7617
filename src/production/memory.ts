/** Memory of a plan's nodes at production size, compared with production's limits. */
import type { Interval, ProjectedMemory } from '../advisor/projected.ts';
import { memoryOf, spillsOf } from '../plan/memory/memory.ts';
import type { PlanNode } from '../plan/plan.ts';
import { flattenPlan, parentIds } from '../plan/tree.ts';
import { exactly, map, sum, widen } from './interval.ts';
import type { NodeAtProduction } from './quantities.ts';
import type { Rehearsal, Size } from './rehearsal.ts';

/** Factor of doubt: hash tables double, and widths vary. */
const DOUBT = 1.25;

/** @param workMemBytes Production's work_mem. */
export function memoryAtProduction(
  seen: readonly Rehearsal[],
  projected: readonly NodeAtProduction[],
  workMemBytes: number,
): ProjectedMemory {
  const last = seen.at(-1);
  if (last === undefined) return { bytes: exactly(0), spills: 'unclear', holders: [] };
  const spilled = seen.map(({ tree }) => {
    const nodes = flattenPlan(tree);
    return new Set(spillsOf(nodes, parentIds(nodes)).map(({ node }) => node.id));
  });
  const held = memoryOf(last.tree);
  const holders = held.holders.map(({ node, heldBytes, allowedBytes }) => {
    const allowed = (allowedBytes * workMemBytes) / held.limits.workMemBytes;
    const rows = projected[node.id]?.rows ?? exactly(0);
    const here = Math.max(1, node.actual?.rows ?? 0);
    const wanted = widen(
      map(rows, value => (heldBytes * Math.max(1, value)) / here),
      DOUBT,
    );
    const times = spilled.filter(ids => ids.has(node.id)).length;
    // No spill at any size, although the limit shrinks with the data.
    const never = times === 0 && wanted.high <= allowed;
    const spills = times === seen.length ? 'yes' : never ? 'no' : 'unclear';
    const bytes: Interval =
      spills === 'yes' ? exactly(allowed) : map(wanted, value => Math.min(value, allowed));
    return { id: node.id, label: node.label, hereBytes: heldBytes, bytes, spills } as const;
  });
  // Nodes that are no holders may also spill, such as a CTE's temporary files.
  const others = seen.filter((_, at) =>
    [...(spilled[at] ?? [])].some(id => holders.every(holder => holder.id !== id)),
  ).length;
  const all = holders.map(({ spills }) => spills);
  return {
    bytes: sum(holders.map(({ bytes }) => bytes)),
    spills:
      others === seen.length || all.includes('yes')
        ? 'yes'
        : others > 0 || all.includes('unclear')
          ? 'unclear'
          : 'no',
    holders,
  };
}

// Effects of the processor's cache: a sort or hash table that fits the cache on a sample but not in production has slow
// random access there, and memory above malloc's threshold must be obtained from the system each time.

/** Cache that one query can use, bytes. */
const CACHE = 8 * 1024 ** 2;
/** Factor for the same work outside the cache, at most. */
const OUTSIDE = 3;
/** malloc's largest threshold: larger blocks go back to the system after each use. */
const KEPT = 32 * 1024 ** 2;
/** Bytes per second that a busy system hands out. */
const FRESH = 200e6;

const crosses = (here: number, there: number): boolean => here < CACHE && there > CACHE;

/**
 * Ids of nodes that may be slower in production than their rows suggest.
 * @param here The plan as executed at the largest size, depth-first.
 */
export function slowedDown(
  here: readonly PlanNode[],
  { holders }: ProjectedMemory,
  from: Size,
  to: Size,
): ReadonlySet<number> {
  const slow = new Set(
    holders.filter(({ hereBytes, bytes }) => crosses(hereBytes, bytes.high)).map(({ id }) => id),
  );
  for (const node of here) {
    // Lookups also access the hash table randomly.
    if (node.nodeType === 'Hash Join' && node.children.some(({ id }) => slow.has(id))) slow.add(node.id);
    const { index = '', actual } = node;
    const jumps = (actual?.loops ?? 0) > 100;
    if (jumps && crosses(from.bytes.get(index) ?? 0, to.bytes.get(index) ?? 0)) slow.add(node.id);
  }
  return slow;
}

/** Raises the upper end by the cache's factor and by the time to obtain memory. */
export function slower(time: Interval, isSlow: boolean, heldBytes: number): Interval {
  const fresh = heldBytes > KEPT ? (heldBytes / FRESH) * 1000 : 0;
  return { ...time, high: time.high * (isSlow ? OUTSIDE : 1) + fresh };
}

/** What the nodes of a plan hold at production size, and whether it fits: as their rows grow, against production's limits. Pure. */
import type { Interval, ProjectedMemory } from '../advisor/projected.ts';
import { memoryOf, type PlanMemory, spillsOf } from '../plan/memory/memory.ts';
import type { PlanNode } from '../plan/plan.ts';
import { flattenPlan, parentIds } from '../plan/tree.ts';
import { exactly, map, sum, widen } from './interval.ts';
import type { NodeAhead } from './quantities.ts';
import type { Rehearsal, Size } from './rehearsal.ts';

/** Tables of hashes double, and widths vary. */
const DOUBT = 1.25;

/** @param workMemBytes Of a node in production. */
export function memoryAhead(
  seen: readonly Rehearsal[],
  ahead: readonly NodeAhead[],
  workMemBytes: number,
): ProjectedMemory {
  const last = seen.at(-1);
  if (last === undefined) return { bytes: exactly(0), spills: 'unclear', holders: [] };
  const spilled = seen.map(({ tree }) => {
    const nodes = flattenPlan(tree);
    return new Set(spillsOf(nodes, parentIds(nodes)).map(({ node }) => node.id));
  });
  const held: PlanMemory = memoryOf(last.tree);
  const holders = held.holders.map(({ node, heldBytes, allowedBytes }) => {
    const allowed = (allowedBytes * workMemBytes) / held.limits.workMemBytes;
    const rows = ahead[node.id]?.rows ?? exactly(0);
    const here = Math.max(1, node.actual?.rows ?? 0);
    const wanted = widen(
      map(rows, value => (heldBytes * Math.max(1, value)) / here),
      DOUBT,
    );
    const times = spilled.filter(ids => ids.has(node.id)).length;
    const spills = times === seen.length ? 'yes' : times === 0 ? against(wanted, allowed) : 'unclear';
    const bytes: Interval =
      spills === 'yes' ? exactly(allowed) : map(wanted, value => Math.min(value, allowed));
    return { id: node.id, label: node.label, hereBytes: heldBytes, bytes, spills } as const;
  });
  // Some spill at a node that is no holder of its own: temporary files of a CTE, say.
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

/** It never spilled, though its limit was made smaller with it. */
function against(wanted: Interval, allowed: number): 'no' | 'unclear' {
  return wanted.high <= allowed ? 'no' : 'unclear';
}

/**
 * What a processor's cache hides on a sample: a sort or a hash that fits in it here and not in production jumps about in memory
 * there, and memory beyond what a process keeps has to be got from the system anew each time. Pure.
 */

/** Bytes of a processor's cache that one query may count on. */
const CACHE = 8 * 1024 ** 2;
/** How much longer the same work may take outside of it. */
export const OUTSIDE = 3;
/** malloc's largest threshold: beyond, memory goes back to the system after each use. */
const KEPT = 32 * 1024 ** 2;
/** Bytes a second that a busy system hands out. */
const FRESH = 200e6;

const crosses = (here: number, there: number): boolean => here < CACHE && there > CACHE;

/**
 * By node id: which nodes may be slower there than their rows say.
 * @param here The plan as it ran at the largest size, depth-first.
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
    // Lookups jump about in the hash table, not only the filling.
    if (node.nodeType === 'Hash Join' && node.children.some(({ id }) => slow.has(id))) slow.add(node.id);
    const { index = '', actual } = node;
    const jumps = (actual?.loops ?? 0) > 100;
    if (jumps && crosses(from.bytes.get(index) ?? 0, to.bytes.get(index) ?? 0)) slow.add(node.id);
  }
  return slow;
}

/** At the upper end only: a figure that is multiplied, and what its memory takes to come by. */
export function slower(time: Interval, isSlow: boolean, heldBytes: number): Interval {
  const fresh = heldBytes > KEPT ? (heldBytes / FRESH) * 1000 : 0;
  return { ...time, high: time.high * (isSlow ? OUTSIDE : 1) + fresh };
}

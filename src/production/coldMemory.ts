/**
 * What a processor's cache hides on a sample: a sort or a hash that fits in it here and not in production jumps about in memory
 * there, and memory beyond what a process keeps has to be got from the system anew each time. Pure.
 */
import type { Interval, ProjectedMemory } from '../advisor/projected.ts';
import type { PlanNode } from '../plan/types.ts';
import type { Size } from './types.ts';

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
    // Who asks the hash table jumps about in it, not who fills it alone.
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

/** How much a node has to do, in rows: what its own time is divided by. Pure. */
import type { PlanNode } from '../plan/types.ts';

export interface Done {
  /** Given out, in all loops and processes. */
  readonly rows: number;
  /** With what a filter threw away. */
  readonly read: number;
  readonly loops: number;
}

/** @param done By node id. */
export function workOf(node: PlanNode, done: readonly Done[]): number {
  const { read, loops } = done[node.id] ?? { read: 0, loops: 0 };
  if (node.children.length === 0) return read + loops;
  const came = node.children.reduce((sum, { id }) => sum + (done[id]?.rows ?? 0), 0);
  // Comparisons: each sort has its own.
  if (node.nodeType.endsWith('Sort')) return came * Math.log2(Math.max(2, came / Math.max(1, loops)));
  return came + read;
}

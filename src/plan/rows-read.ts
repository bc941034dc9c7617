/** How many rows a scan has read. */
import { isGather } from './subplans.ts';
import type { PlanNode } from './types.ts';

/**
 * Of its table, once: what it gave out and what its filter threw away, of all processes together.
 * @returns undefined where it was not executed.
 */
export function rowsReadOnce(
  node: PlanNode,
  nodes: readonly PlanNode[],
  parents: readonly number[],
): number | undefined {
  const { actual } = node;
  if (actual?.executed !== true) return undefined;
  // The processes of a parallel scan read the table once together, as often as their Gather ran.
  let rounds = actual.loops;
  for (let id = parents[node.id] ?? -1; node.parallelAware && id >= 0; id = parents[id] ?? -1) {
    const above = nodes[id];
    if (above === undefined || !isGather(above)) continue;
    rounds = above.actual?.loops ?? 1;
    break;
  }
  return (actual.rows + actual.rowsRemoved) / Math.max(1, rounds);
}

/** What the nodes of a plan hold at production size, and whether it fits: as their rows grow, against production's limits. Pure. */
import type { Interval, ProjectedMemory } from '../advisor/projected.ts';
import { flattenPlan, parentIds } from '../plan/flatten.ts';
import { memoryOf, type PlanMemory } from '../plan/memory.ts';
import { spillsOf } from '../plan/spills.ts';
import { exactly, map, sum, widen } from './interval.ts';
import type { NodeAhead } from './quantities.ts';
import type { Rehearsal } from './types.ts';

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

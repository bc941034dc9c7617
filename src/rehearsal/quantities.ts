/** What each node of a plan had to do at each size, and what it will have to do at another: rows, loops, work. Pure. */
import type { Interval } from '../advisor/projected.ts';
import { estimatedRows } from '../plan/estimated-rows.ts';
import { flattenPlan, parentIds } from '../plan/flatten.ts';
import type { Plan, PlanNode } from '../plan/types.ts';
import { exactly, map } from './interval.ts';
import { type RowsHere, rowsAhead } from './rowsAhead.ts';
import type { Rehearsal, Size } from './types.ts';
import { type Done, workOf } from './work.ts';

export interface NodeAhead {
  readonly rows: Interval;
  /** In the unit of workOf(). */
  readonly work: Interval;
}

/** By node id: its work at one size, as it was. */
export function workDone(tree: Plan): readonly number[] {
  const nodes = flattenPlan(tree);
  const done = nodes.map(
    ({ actual }): Done => ({
      rows: actual?.rows ?? 0,
      read: (actual?.rows ?? 0) + (actual?.rowsRemoved ?? 0),
      loops: actual?.loops ?? 0,
    }),
  );
  return nodes.map(node => workOf(node, done));
}

/** By node id. @param seen Ascending. @param target Planned at the size `there`: the same structure. */
export function aheadOf(seen: readonly Rehearsal[], target: Plan, there: Size): readonly NodeAhead[] {
  const nodes = flattenPlan(target);
  const last = seen.at(-1);
  if (last === undefined) return [];
  const trees = seen.map(({ tree }) => flattenPlan(tree));
  const estimates = seen.map(({ estimated }) => estimatedRows(flattenPlan(estimated), estimated.settings));
  const expected = estimatedRows(nodes, target.settings);
  const growth = sizeOf(nodes, there) / sizeOf(nodes, last.size);
  const rows = nodes.map(({ id }) =>
    rowsAhead(
      seen.map(
        ({ size }, at): RowsHere => ({
          estimated: estimates[at]?.[id] ?? 0,
          actual: trees[at]?.[id]?.actual?.rows ?? 0,
          size: sizeOf(nodes, size),
        }),
      ),
      { estimated: expected[id] ?? 0, size: sizeOf(nodes, last.size) * growth },
    ),
  );
  const here = trees.at(-1) ?? [];
  const loops = loopsAhead(nodes, here, rows);
  const end = (which: keyof Interval) =>
    nodes.map(
      (node): Done => ({
        rows: rows[node.id]?.[which] ?? 0,
        read: readAhead(node, here, rows[node.id]?.[which] ?? 0, last.size, there),
        loops: loops[node.id]?.[which] ?? 0,
      }),
    );
  const ends = { low: end('low'), point: end('point'), high: end('high') };
  return nodes.map(node => ({
    rows: rows[node.id] ?? exactly(0),
    work: {
      low: workOf(node, ends.low),
      point: workOf(node, ends.point),
      high: workOf(node, ends.high),
    },
  }));
}

/** Rows of the largest table that the plan reads: what its size is told by. */
export function sizeOf(nodes: readonly PlanNode[], { rows }: Size): number {
  return Math.max(
    1,
    ...nodes.map(({ relation }) => (relation === undefined ? 0 : (rows.get(relation) ?? 0))),
  );
}

/** A scan of a whole table reads all of it, whatever it gives out. */
function readAhead(
  { id, nodeType, relation = '' }: PlanNode,
  here: readonly PlanNode[],
  rows: number,
  from: Size,
  to: Size,
): number {
  const { actual } = here[id] ?? {};
  const read = (actual?.rows ?? 0) + (actual?.rowsRemoved ?? 0);
  const table = (to.rows.get(relation) ?? 0) / (from.rows.get(relation) ?? 0);
  if (nodeType === 'Seq Scan' && Number.isFinite(table) && table > 0) return read * table;
  return actual === undefined || actual.rows === 0 ? Math.max(rows, read) : (read / actual.rows) * rows;
}

/** An inner side runs once for each row of the outer one; everything else as often as here. */
function loopsAhead(
  nodes: readonly PlanNode[],
  here: readonly PlanNode[],
  rows: readonly Interval[],
): readonly Interval[] {
  const parents = parentIds(nodes);
  const growths: Interval[] = [];
  return nodes.map(node => {
    const parent = nodes[parents[node.id] ?? -1];
    const inherited = parent === undefined ? exactly(1) : (growths[parent.id] ?? exactly(1));
    const isInner = parent?.nodeType === 'Nested Loop' && node.parentRelationship === 'Inner';
    const driving = isInner ? parent.children.find(child => child.parentRelationship === 'Outer') : undefined;
    const each = node.parentRelationship === 'SubPlan' ? parent : driving;
    const came = each === undefined ? 0 : (here[each.id]?.actual?.rows ?? 0);
    const ahead = each === undefined ? undefined : rows[each.id];
    const growth = ahead === undefined || came === 0 ? inherited : map(ahead, value => value / came);
    growths[node.id] = growth;
    return map(growth, value => value * (here[node.id]?.actual?.loops ?? 0));
  });
}

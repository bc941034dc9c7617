/** Where the planner counted on far more or fewer rows than there were, and where in the tree that begins. */
import { cteScansOfPlan, readersFirst } from './cte-scans.ts';
import { estimatedRows } from './estimated-rows.ts';
import { parentIds } from './flatten.ts';
import { textOf } from './json.ts';
import { stoppedEarly } from './stopped-early.ts';
import type { Plan, PlanNode } from './types.ts';

export interface Misestimate {
  /** How many times as many, or as few: never below 1. */
  readonly factor: number;
  readonly direction: 'more' | 'fewer';
  /** Rows over all loops and processes: what was counted on, and what came. */
  readonly estimated: number;
  readonly actual: number;
  /** No node beneath is off by as much as `BEGINS`: here is where to look. */
  readonly begins: boolean;
}

/** Off by less than this, planners do well. */
export const BEGINS = 10;
/** Fewer rows than this on both sides do no harm, whatever their ratio. */
const HARMLESS_ROWS = 100;

/** Their actual rows are always 0, or say nothing of what was found. */
const UNCOUNTED: ReadonlySet<string> = new Set(['BitmapAnd', 'BitmapOr', 'ModifyTable', 'LockRows', 'Hash']);
/**
 * By node id; undefined where a node was not executed, where its rows are not counted, or where too few came because
 * the reader stopped early (stopped-early.ts), which is no mistake of the planner's.
 * @param nodes The plan depth-first (flatten.ts).
 */
export function misestimates(
  nodes: readonly PlanNode[],
  settings: Plan['settings'] = {},
): readonly (Misestimate | undefined)[] {
  if (nodes.every(({ actual }) => actual === undefined)) return nodes.map(() => undefined);
  const parents = parentIds(nodes);
  const expected = estimatedRows(nodes, settings);
  const scans = cteScansOfPlan(nodes, parents);
  const stopped = stoppedEarly(nodes, parents, scans);
  const found = nodes.map(node => {
    const one = misestimateOf(node, expected[node.id] ?? 0);
    const excused =
      one?.direction === 'more' ? isReread(node, nodes[parents[node.id] ?? -1]) : stopped[node.id];
    return excused === true ? undefined : one;
  });
  // A CTE's rows were misestimated where it is computed, which is beneath its scans.
  const worstBelow = nodes.map(() => 1);
  for (const { id } of readersFirst(nodes).toReversed()) {
    const here = Math.max(worstBelow[id] ?? 1, found[id]?.factor ?? 1);
    for (const above of [parents[id] ?? -1, ...(scans.get(id) ?? [])])
      if (above >= 0) worstBelow[above] = Math.max(worstBelow[above] ?? 1, here);
  }
  return found.map(
    (one, id) => one && { ...one, begins: one.factor >= BEGINS && (worstBelow[id] ?? 1) < BEGINS },
  );
}

function misestimateOf(node: PlanNode, estimated: number): Misestimate | undefined {
  const { actual } = node;
  if (actual?.executed !== true || UNCOUNTED.has(node.nodeType) || estimated <= 0) return undefined;
  // Citus expects 100,000 rows of whatever its tasks give.
  if (node.nodeType === 'Custom Scan' && /^Citus/.test(textOf(node.raw, 'Custom Plan Provider') ?? ''))
    return undefined;
  // The planner never counts on less than one row a loop, and averages are rounded to whole rows up to 17.
  const least = Math.max(1, actual.loops);
  const rows = Math.max(actual.rows, least);
  const counted = Math.max(estimated, least);
  const more = rows > counted;
  const factor = Math.max(rows, counted) < HARMLESS_ROWS ? 1 : Math.max(rows / counted, counted / rows);
  return { factor, direction: more ? 'more' : 'fewer', estimated, actual: actual.rows, begins: false };
}

/** The inner side of a merge join goes back to a mark for every equal key, and its rows are counted again. */
function isReread(node: PlanNode, parent: PlanNode | undefined): boolean {
  return parent?.nodeType === 'Merge Join' && node.parentRelationship === 'Inner';
}

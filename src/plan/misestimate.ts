/** Where the planner counted on far more or fewer rows than there were, and where in the tree that begins. */
import { estimatedRows } from './estimated-rows.ts';
import { parentIds } from './flatten.ts';
import type { PlanNode } from './types.ts';

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
 * Take in everything before they give out the first row, or run to the end whoever reads them (a data-modifying CTE):
 * what stops asking them does not stop what is beneath.
 */
const TAKES_ALL: ReadonlySet<string> = new Set([
  'Sort',
  'Hash',
  'Aggregate',
  'SetOp',
  'Bitmap Index Scan',
  'ModifyTable',
]);
/** Of these strategies they give out a group as soon as the next one begins (nodeAgg.c, nodeSetOp.c). */
const GROUP_BY_GROUP: ReadonlySet<unknown> = new Set(['Sorted', 'Mixed']);

/**
 * By node id; undefined where a node was not executed, where its rows are not counted, or where too few came because
 * nobody asked for more (beneath a LIMIT, EXISTS or a merge join), which is no mistake of the planner's.
 * @param nodes The plan depth-first (flatten.ts).
 */
export function misestimates(nodes: readonly PlanNode[]): readonly (Misestimate | undefined)[] {
  const parents = parentIds(nodes);
  const expected = estimatedRows(nodes);
  const stoppable = stoppableEarly(nodes, parents);
  const found = nodes.map(node => {
    const one = misestimateOf(node, expected[node.id] ?? 0);
    const excused =
      one?.direction === 'more' ? isReread(node, nodes[parents[node.id] ?? -1]) : stoppable[node.id];
    return excused === true ? undefined : one;
  });
  const worst = nodes.map(() => 1);
  for (const { id } of nodes.toReversed()) {
    const parent = parents[id] ?? -1;
    const here = Math.max(worst[id] ?? 1, found[id]?.factor ?? 1);
    if (parent >= 0) worst[parent] = Math.max(worst[parent] ?? 1, here);
  }
  const ctes = new Map(
    nodes.flatMap(node =>
      node.subplanName === undefined ? [] : [[cteKey(node, node.subplanName), node.id]],
    ),
  );
  return found.map((one, id) => {
    const node = nodes[id];
    if (one === undefined || node === undefined) return undefined;
    // What a CTE gives out was misjudged where it is computed.
    const cte =
      node.nodeType === 'CTE Scan' ? ctes.get(cteKey(node, `CTE ${node.raw['CTE Name']}`)) : undefined;
    const computed = cte === undefined ? 1 : Math.max(worst[cte] ?? 1, found[cte]?.factor ?? 1);
    return { ...one, begins: one.factor >= BEGINS && (worst[id] ?? 1) < BEGINS && computed < BEGINS };
  });
}

function misestimateOf(node: PlanNode, estimated: number): Misestimate | undefined {
  const { actual } = node;
  if (actual?.executed !== true || UNCOUNTED.has(node.nodeType) || estimated <= 0) return undefined;
  // The planner never counts on less than one row a loop, and averages are rounded to whole rows up to 17.
  const least = Math.max(1, actual.loops);
  const rows = Math.max(actual.rows, least);
  const counted = Math.max(estimated, least);
  const more = rows > counted;
  const factor = Math.max(rows, counted) < HARMLESS_ROWS ? 1 : Math.max(rows / counted, counted / rows);
  return { factor, direction: more ? 'more' : 'fewer', estimated, actual: actual.rows, begins: false };
}

function cteKey({ scope }: PlanNode, subplanName: string): string {
  return `${scope} ${subplanName}`;
}

/** The inner side of a merge join goes back to a mark for every equal key, and its rows are counted again. */
function isReread(node: PlanNode, parent: PlanNode | undefined): boolean {
  return parent?.nodeType === 'Merge Join' && node.parentRelationship === 'Inner';
}

/** By node id: whether somebody above may have stopped asking before the end. */
function stoppableEarly(nodes: readonly PlanNode[], parents: readonly number[]): readonly boolean[] {
  const stoppable: boolean[] = [];
  for (const node of nodes) {
    const parent = nodes[parents[node.id] ?? -1];
    if (parent === undefined || node.apart) stoppable[node.id] = false;
    else if (stops(parent, node)) stoppable[node.id] = true;
    else stoppable[node.id] = stoppable[parent.id] === true && !takesAll(parent);
  }
  return stoppable;
}

function stops(parent: PlanNode, node: PlanNode): boolean {
  if (parent.nodeType === 'Limit' || parent.nodeType === 'Merge Join') return true;
  // EXISTS, IN and scalar sub-selects ask for one row.
  if (node.subplanName !== undefined && !node.subplanName.startsWith('CTE ')) return true;
  const join = parent.raw['Join Type'];
  return (
    node.parentRelationship === 'Inner' &&
    (join === 'Semi' || join === 'Anti' || parent.raw['Inner Unique'] === true)
  );
}

function takesAll({ nodeType, raw }: PlanNode): boolean {
  return TAKES_ALL.has(nodeType) && !GROUP_BY_GROUP.has(raw.Strategy);
}

/** Which nodes may have given out too few rows because their reader stopped early: no mistake of the planner's. */
import { isHashed } from './costs.ts';
import { type CteScans, readersFirst } from './cte-scans.ts';
import { oneLine } from './json.ts';
import { cteName } from './subplans.ts';
import type { PlanNode } from './types.ts';

/**
 * Take in everything before they give out the first row, or run to the end with or without a reader (a data-modifying CTE):
 * what stops asking them does not stop what is beneath. Beneath a Bitmap Heap Scan are its bitmap's index scans.
 */
const TAKES_ALL: ReadonlySet<string> = new Set([
  'Sort',
  'Hash',
  'Aggregate',
  'SetOp',
  'Bitmap Heap Scan',
  'ModifyTable',
]);
/** Of these strategies they give out a group as soon as the next one begins (nodeAgg.c, nodeSetOp.c). */
const GROUP_BY_GROUP: ReadonlySet<unknown> = new Set(['Sorted', 'Mixed']);
/** Hash joins that give out every row of their outer side, whatever is in the table (nodeHashjoin.c: HJ_FILL_OUTER). */
const FILLS_OUTER: ReadonlySet<unknown> = new Set(['Left', 'Anti', 'Full']);

/**
 * By node id: whether a node above may have stopped before the end. A CTE is computed as far as its readers
 * ask: it was stopped when all of them were.
 */
export function stoppedEarly(
  nodes: readonly PlanNode[],
  parents: readonly number[],
  scans: CteScans,
): readonly boolean[] {
  const stopped: boolean[] = [];
  for (const node of readersFirst(nodes)) {
    const parent = nodes[parents[node.id] ?? -1];
    if (parent === undefined || node.apart || isHashed(node, parent)) stopped[node.id] = false;
    else if (cteName(node) !== undefined) {
      const reading = (scans.get(node.id) ?? []).filter(id => nodes[id]?.actual?.executed);
      stopped[node.id] = reading.length > 0 && reading.every(id => stopped[id]);
    } else stopped[node.id] = stops(parent, node) || (stopped[parent.id] === true && !takesAll(parent));
  }
  return stopped;
}

function stops(parent: PlanNode, node: PlanNode): boolean {
  const { nodeType, raw } = parent;
  // EXISTS, IN and scalar sub-selects ask for one row.
  if (node.subplanName !== undefined || nodeType === 'Limit' || nodeType === 'Merge Join') return true;
  const isInner = node.parentRelationship === 'Inner';
  const join = raw['Join Type'];
  switch (nodeType) {
    case 'WindowAgg':
      // Of one partition; with several it goes on to the next.
      return 'Run Condition' in raw && !oneLine(raw.Window).includes('PARTITION BY');
    case 'SetOp':
      // It ends with its left side.
      return isInner && raw.Strategy === 'Sorted';
    case 'Hash Join':
      if (!isInner && !FILLS_OUTER.has(join) && hasEmptyTable(parent)) return true;
  }
  return isInner && (join === 'Semi' || join === 'Anti' || raw['Inner Unique'] === true);
}

/** One row of the outer side is read before the table is filled, and none after it was found empty. */
function hasEmptyTable(join: PlanNode): boolean {
  const hash = join.children.find(({ nodeType }) => nodeType === 'Hash');
  return hash?.actual?.executed === true && hash.actual.rows === 0;
}

function takesAll({ nodeType, raw }: PlanNode): boolean {
  return TAKES_ALL.has(nodeType) && !GROUP_BY_GROUP.has(raw.Strategy);
}

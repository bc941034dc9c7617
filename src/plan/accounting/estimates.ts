/** How many rows: expected over all loops and processes, and of a scanned table, once. */
import { oneLine, textOf } from '../../base/json.ts';
import type { Plan, PlanNode } from '../plan.ts';
import { parentIds } from '../tree.ts';
import { type CteScans, cteScansOfPlan, expectedLoops, isHashed, readersFirst } from './costs.ts';
import { leaderTakesPart, processesOf, splitNodes } from './processes.ts';
import { cteName } from './readers.ts';

/** costsize.c, get_parallel_divisor(): what each worker takes of the leader's own time. */
const LEADER_BUSY_PER_WORKER = 0.3;
const MOST_LOOPS = 1e100;

/**
 * By node id, what may stand beside the actual rows in all. `Plan Rows` is one loop's. Beneath a Gather it is one
 * process's share where the work is split (something parallel-aware lies at or beneath the node), and the share was made
 * by dividing by the parallel divisor, not by the number of processes: two workers and the leader count for 2.4.
 * @param nodes The plan depth-first (flatten.ts).
 * @param settings The plan's, for parallel_leader_participation.
 */
export function estimatedRows(
  nodes: readonly PlanNode[],
  settings: Plan['settings'] = {},
): readonly number[] {
  return rowEstimates(nodes, settings).map(({ rows }) => rows);
}

/** The same, and how often the whole is gone through: what several processes share, they go through once together. */
function rowEstimates(nodes: readonly PlanNode[], settings: Plan['settings']) {
  const parents = parentIds(nodes);
  const leads = leaderTakesPart(settings);
  const processes = processesOf(nodes, parents, leads);
  const split = splitNodes(nodes, parents);
  const expected: number[] = [];
  return nodes.map(node => {
    const parent = nodes[parents[node.id] ?? -1];
    const loopsAbove = parent === undefined ? 1 : (expected[parent.id] ?? 1) * expectedLoops(node, parent);
    // Nested loops a few hundred deep would count beyond what a number holds.
    expected[node.id] = Math.min(loopsAbove, MOST_LOOPS);
    const loops = Math.max(1, node.actual?.loops ?? expected[node.id] ?? 1);
    const gather = nodes[processes[node.id]?.gather ?? -1];
    if (gather === undefined || split[node.id] !== true)
      return { rows: node.planRows * loops, rounds: loops };
    // Each run of the Gather goes through the whole once, in however many processes.
    const rounds = node.actual === undefined ? loops : Math.max(1, gather.actual?.loops ?? 1);
    return { rows: node.planRows * parallelDivisor(gather.workersPlanned ?? 0, leads) * rounds, rounds };
  });
}

/**
 * Rows of a scan's table, by node id: what it gave out and what its filter removed, in one pass of all processes together;
 * of a plan that was not run, what it is expected to give out.
 * @returns undefined where it was not executed.
 */
export function rowsScannedOnce(
  nodes: readonly PlanNode[],
  settings: Plan['settings'] = {},
): readonly (number | undefined)[] {
  const estimates = rowEstimates(nodes, settings);
  return nodes.map(({ id, actual }) => {
    const { rows, rounds } = estimates[id] ?? { rows: 0, rounds: 1 };
    if (actual === undefined) return rows / rounds;
    return actual.executed ? (actual.rows + actual.rowsRemoved) / rounds : undefined;
  });
}

/** How many processes' worth of work the planner reckons with, the leader's included where it takes part. */
export function parallelDivisor(workers: number, leads = true): number {
  if (!leads) return Math.max(1, workers);
  return workers + Math.max(0, 1 - LEADER_BUSY_PER_WORKER * workers);
}

/** Where the planner counted on far more or fewer rows than there were, and where in the tree that begins. */

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
  const guessed = onTasks(nodes, parents);
  const found = nodes.map(node => {
    if (guessed[node.id] === true) return undefined;
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

/** By node id. Citus expects 100,000 rows of whatever its tasks give, and PostgreSQL computes what is above from that. */
function onTasks(nodes: readonly PlanNode[], parents: readonly number[]): readonly boolean[] {
  const above = nodes.map(
    ({ nodeType, raw }) =>
      nodeType === 'Custom Scan' && /^Citus/.test(textOf(raw, 'Custom Plan Provider') ?? ''),
  );
  for (const { id, apart } of nodes.toReversed()) {
    const parent = parents[id] ?? -1;
    if (above[id] === true && !apart && parent >= 0) above[parent] = true;
  }
  return above;
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

/** The inner side of a merge join goes back to a mark for every equal key, and its rows are counted again. */
function isReread(node: PlanNode, parent: PlanNode | undefined): boolean {
  return parent?.nodeType === 'Merge Join' && node.parentRelationship === 'Inner';
}

/** Which nodes may have given out too few rows because their reader stopped early: no mistake of the planner's. */

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
function stoppedEarly(
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

/** Expected rows over all loops and processes, and where they differ from the actual rows. */
import { oneLine, textOf } from '../../base/json.ts';
import type { Plan, PlanNode } from '../plan.ts';
import { parentIds } from '../tree.ts';
import { expectedLoops, isHashed } from './costs.ts';
import { leaderTakesPart, processesOf, splitNodes } from './processes.ts';
import { type CteScans, cteName, cteScansOfPlan, readersFirst } from './readers.ts';

/** Share of the leader's time that each worker takes (costsize.c, get_parallel_divisor()). */
const LEADER_BUSY_PER_WORKER = 0.3;
const MOST_LOOPS = 1e100;

/**
 * By node id, comparable with the total of actual rows. `Plan Rows` is per loop. Beneath a Gather it is per process if
 * the work is split, and PostgreSQL divided by the parallel divisor: two workers and the leader count as 2.4.
 * @param settings The plan's, for parallel_leader_participation.
 */
export function estimatedRows(
  nodes: readonly PlanNode[],
  settings: Plan['settings'] = {},
): readonly number[] {
  return rowEstimates(nodes, settings).map(({ rows }) => rows);
}

/** `rounds`: passes over the whole input; processes that share a scan make one pass together. */
function rowEstimates(nodes: readonly PlanNode[], settings: Plan['settings']) {
  const parents = parentIds(nodes);
  const leads = leaderTakesPart(settings);
  const processes = processesOf(nodes, parents, leads);
  const split = splitNodes(nodes, parents);
  const expected: number[] = [];
  return nodes.map(node => {
    const parent = nodes[parents[node.id] ?? -1];
    const loopsAbove = parent === undefined ? 1 : (expected[parent.id] ?? 1) * expectedLoops(node, parent);
    // Hundreds of nested loops would overflow a number.
    expected[node.id] = Math.min(loopsAbove, MOST_LOOPS);
    const loops = Math.max(1, node.actual?.loops ?? expected[node.id] ?? 1);
    const gather = nodes[processes[node.id]?.gather ?? -1];
    if (gather === undefined || split[node.id] !== true)
      return { rows: node.planRows * loops, rounds: loops };
    // Each run of the Gather makes one pass, with any number of processes.
    const rounds = node.actual === undefined ? loops : Math.max(1, gather.actual?.loops ?? 1);
    return { rows: node.planRows * parallelDivisor(gather.workersPlanned ?? 0, leads) * rounds, rounds };
  });
}

/**
 * Rows that one pass of a scan reads, by node id: rows returned and removed, over all processes; without ANALYZE the
 * expected rows.
 * @returns undefined for a scan that did not run.
 */
export function rowsScannedOnce(
  nodes: readonly PlanNode[],
  settings: Plan['settings'],
): readonly (number | undefined)[] {
  const estimates = rowEstimates(nodes, settings);
  return nodes.map(({ id, actual }) => {
    const { rows, rounds } = estimates[id] ?? { rows: 0, rounds: 1 };
    if (actual === undefined) return rows / rounds;
    return actual.executed ? (actual.rows + actual.rowsRemoved) / rounds : undefined;
  });
}

/** By how much the planner divides the work of a parallel plan, with the leader's part if it participates. */
export function parallelDivisor(workers: number, leads = true): number {
  if (!leads) return Math.max(1, workers);
  return workers + Math.max(0, 1 - LEADER_BUSY_PER_WORKER * workers);
}

// Misestimates: where the planner expected far more or fewer rows, and where in the tree that begins.

export interface Misestimate {
  /** At least 1. */
  readonly factor: number;
  readonly direction: 'more' | 'fewer';
  /** Rows over all loops and processes. */
  readonly estimated: number;
  readonly actual: number;
  /** No node beneath is off by the factor `BEGINS`. */
  readonly begins: boolean;
}

/** Smaller factors are normal. */
export const BEGINS = 10;
/** Differences between fewer rows than this do not matter. */
const HARMLESS_ROWS = 100;

/** Their actual rows are always 0 or not the rows found. */
const UNCOUNTED: ReadonlySet<string> = new Set(['BitmapAnd', 'BitmapOr', 'ModifyTable', 'LockRows', 'Hash']);
/**
 * By node id; undefined if a node did not run, if its rows are not counted, or if too few came because its reader
 * stopped early.
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
  // A CTE counts as beneath its scans.
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

/** By node id. Citus expects 100,000 rows from any set of tasks, so estimates above them mean nothing. */
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
  // The planner expects at least one row per loop, and up to 17 averages are rounded to whole rows.
  const least = Math.max(1, actual.loops);
  const rows = Math.max(actual.rows, least);
  const counted = Math.max(estimated, least);
  const more = rows > counted;
  const factor = Math.max(rows, counted) < HARMLESS_ROWS ? 1 : Math.max(rows / counted, counted / rows);
  return { factor, direction: more ? 'more' : 'fewer', estimated, actual: actual.rows, begins: false };
}

/** A merge join rereads its inner side for equal keys, and those rows are counted again. */
function isReread(node: PlanNode, parent: PlanNode | undefined): boolean {
  return parent?.nodeType === 'Merge Join' && node.parentRelationship === 'Inner';
}

// Nodes that returned few rows because their reader stopped early, which is no misestimate.

/**
 * They read all input before they return a row, or run to the end in any case (data-modifying CTE), so stopping them
 * does not stop their input. The input of a Bitmap Heap Scan is its bitmap index scans.
 */
const TAKES_ALL: ReadonlySet<string> = new Set([
  'Sort',
  'Hash',
  'Aggregate',
  'SetOp',
  'Bitmap Heap Scan',
  'ModifyTable',
]);
/** These strategies return a group as soon as the next one begins (nodeAgg.c, nodeSetOp.c). */
const GROUP_BY_GROUP: ReadonlySet<unknown> = new Set(['Sorted', 'Mixed']);
/** Hash joins that return every outer row, even for an empty table (nodeHashjoin.c: HJ_FILL_OUTER). */
const FILLS_OUTER: ReadonlySet<unknown> = new Set(['Left', 'Anti', 'Full']);

/** By node id: a node above may have stopped before the end. A CTE was stopped if all of its readers were. */
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
  // EXISTS, IN and scalar subqueries stop after one row.
  if (node.subplanName !== undefined || nodeType === 'Limit' || nodeType === 'Merge Join') return true;
  const isInner = node.parentRelationship === 'Inner';
  const join = raw['Join Type'];
  switch (nodeType) {
    case 'WindowAgg':
      // With several partitions it continues with the next one.
      return 'Run Condition' in raw && !oneLine(raw.Window).includes('PARTITION BY');
    case 'SetOp':
      // It stops when its left side ends.
      return isInner && raw.Strategy === 'Sorted';
    case 'Hash Join':
      if (!isInner && !FILLS_OUTER.has(join) && hasEmptyTable(parent)) return true;
  }
  return isInner && (join === 'Semi' || join === 'Anti' || raw['Inner Unique'] === true);
}

/** Such a join reads one outer row before it fills the table, and none after it found it empty. */
function hasEmptyTable(join: PlanNode): boolean {
  const hash = join.children.find(({ nodeType }) => nodeType === 'Hash');
  return hash?.actual?.executed === true && hash.actual.rows === 0;
}

function takesAll({ nodeType, raw }: PlanNode): boolean {
  return TAKES_ALL.has(nodeType) && !GROUP_BY_GROUP.has(raw.Strategy);
}

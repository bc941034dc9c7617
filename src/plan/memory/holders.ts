/** Nodes that hold rows in memory, and how much: measured by the server, else estimated from rows and widths. */

import { KILOBYTE } from '../../base/format.ts';
import { type Json, numberOf, recordsOf, textOf } from '../../base/json.ts';
import { sum } from '../../base/statistics.ts';
import { expectedLoops, isHashed } from '../accounting/costs.ts';
import { heapBlocks, sortSpaces } from '../accounting/counters.ts';
import { cteScansOfPlan } from '../accounting/readers.ts';
import type { PlanNode } from '../plan.ts';
import type { MemoryLimits } from './memory.ts';

export interface Holder {
  readonly node: PlanNode;
  readonly what: 'sort' | 'hash table' | 'cache' | 'rows' | 'bitmap';
  /** measured: the server reported the peak. */
  readonly how: 'measured' | 'estimated';
  /** Over all processes. */
  readonly heldBytes: number;
  /** Over all processes: at this limit the node spills, or its bitmap becomes lossy. */
  readonly allowedBytes: number;
  /** Processes that hold a copy; 1 for a shared hash table. */
  readonly processes: number;
}

type What = Holder['what'];

/** Header, pointers and alignment of a tuple in a sort or hash table (costsize.c: relation_byte_size). */
const TUPLE_OVERHEAD = 24;
/** Transition states of a group (nodeAgg.c: hash_agg_entry_size, one state of 16 bytes). */
const GROUP_OVERHEAD = 56;
/** PagetableEntry with its slot in the hash table (tidbitmap.c). */
const PAGE_ENTRY = 64;

/** @param processes By node id (processes.ts). */
export function holdersOf(
  nodes: readonly PlanNode[],
  parents: readonly number[],
  processes: readonly number[],
  limits: MemoryLimits,
): readonly Holder[] {
  const tables = new Set<number>();
  const tableOf = new Map(
    [...cteScansOfPlan(nodes, parents)].flatMap(([cte, scans]) => scans.map(id => [id, cte])),
  );
  return nodes.flatMap(node => {
    if (node.actual?.executed === false) return [];
    // All scans of a CTE share one tuplestore.
    const table = tableOf.get(node.id);
    if (table !== undefined && tables.has(table)) return [];
    if (table !== undefined) tables.add(table);
    const parent = nodes[parents[node.id] ?? -1];
    const what = whatIsHeld(node, parent);
    if (what === undefined) return [];
    // COSTS OFF: no rows and widths to estimate from.
    if (node.actual === undefined && !node.hasEstimates) return [];
    // A parallel bitmap scan has one bitmap, limited like that of one process.
    const oneForAll = what === 'bitmap' && node.parallelAware;
    const shared = oneForAll || (node.nodeType === 'Hash' && node.parallelAware);
    const count = oneForAll ? 1 : (processes[node.id] ?? 1);
    const hashes = what === 'hash table' || what === 'cache';
    const each = limits.workMemBytes * (hashes ? limits.hashMemMultiplier : 1);
    const allowedBytes = each * count;
    const measured = measuredBytes(node.raw, what, shared ? 1 : count, each);
    // A node that spilled had filled its memory, whose size is only known from the settings.
    const assumed = !limits.workMemKnown && what !== 'hash table' && wentToDisk(node.raw);
    const heldBytes =
      measured ?? Math.min(each, estimatedBytes(node, parent, what, count)) * (shared ? 1 : count);
    const how = measured === undefined || assumed ? 'estimated' : 'measured';
    return [{ node, what, how, heldBytes, allowedBytes, processes: shared ? 1 : count }];
  });
}

/** The node's own memory, else the hash table of a hashed SubPlan. */
function whatIsHeld(node: PlanNode, parent: PlanNode | undefined): What | undefined {
  const own = heldBy(node);
  if (own !== undefined || node.subplanName === undefined || parent === undefined) return own;
  return isHashed(node, parent) ? 'hash table' : undefined;
}

function heldBy({ nodeType, raw }: PlanNode): What | undefined {
  switch (nodeType) {
    case 'Sort':
    case 'Incremental Sort':
      return 'sort';
    case 'Hash':
      return 'hash table';
    case 'Aggregate':
      return raw.Strategy === 'Hashed' || raw.Strategy === 'Mixed' ? 'hash table' : undefined;
    case 'SetOp':
      return raw.Strategy === 'Hashed' ? 'hash table' : undefined;
    case 'Memoize':
      return 'cache';
    case 'Materialize':
    case 'CTE Scan':
    case 'Function Scan':
    case 'Table Function Scan':
    case 'WindowAgg':
    case 'Recursive Union':
      return 'rows';
    case 'Bitmap Heap Scan':
      return 'bitmap';
    default:
      return undefined;
  }
}

/**
 * Over all processes. The leader's figure is on the node, each worker's in `Workers`. A Hash reports only the largest
 * of them, which then counts once per process. A node that spilled had used all its memory.
 */
function measuredBytes(raw: Json, what: What, processes: number, each: number): number | undefined {
  const own = peakBytes(raw, what, each);
  if (raw['Node Type'] === 'Hash') return own === undefined ? undefined : own * processes;
  const workers = recordsOf(raw, 'Workers').map(worker => peakBytes(worker, what, each));
  const reported = [own, ...workers].filter(bytes => bytes !== undefined);
  return reported.length === 0 ? undefined : sum(reported);
}

function peakBytes(raw: Json, what: What, each: number): number | undefined {
  if (what === 'sort') {
    const spaces = sortSpaces(raw).map(({ onDisk, bytes }) => (onDisk ? each : bytes));
    return spaces.length === 0 ? undefined : sum(spaces);
  }
  if (what === 'rows' && textOf(raw, 'Storage') === 'Disk') return each;
  const kilobytes = numberOf(raw, what === 'rows' ? 'Maximum Storage' : 'Peak Memory Usage');
  return kilobytes === undefined ? undefined : kilobytes * KILOBYTE;
}

function wentToDisk(raw: Json): boolean {
  return [raw, ...recordsOf(raw, 'Workers')].some(
    one => textOf(one, 'Storage') === 'Disk' || sortSpaces(one).some(({ onDisk }) => onDisk),
  );
}

/** In one process, without the limit: from the actual rows, or without ANALYZE from the expected ones. */
function estimatedBytes(node: PlanNode, parent: PlanNode | undefined, what: What, processes: number): number {
  const { raw } = node;
  if (what === 'bitmap') {
    const blocks = heapBlocks(raw, 'Exact') + heapBlocks(raw, 'Lossy');
    return PAGE_ENTRY * (blocks > 0 ? blocks / processes : node.planRows);
  }
  // A sort beneath a LIMIT keeps only the rows of the LIMIT.
  // A node that runs many times holds one loop's rows.
  const { actual } = node;
  const came = actual && (actual.rows + actual.rowsRemoved) / Math.max(1, actual.loops, processes);
  const asked = came ?? (what === 'sort' && parent?.nodeType === 'Limit' ? parent.planRows : node.planRows);
  const rows = what === 'cache' ? expectedKeys(node, parent) : asked;
  const overhead = TUPLE_OVERHEAD + (node.nodeType === 'Aggregate' ? GROUP_OVERHEAD : 0);
  return rows * (Math.ceil(node.planWidth / 8) * 8 + overhead);
}

/** Memoize keeps the rows of each key: at most one key per outer row. */
function expectedKeys(node: PlanNode, parent: PlanNode | undefined): number {
  const estimate = numberOf(node.raw, 'Estimated Unique Keys');
  return node.planRows * (estimate ?? (parent === undefined ? 1 : expectedLoops(node, parent)));
}

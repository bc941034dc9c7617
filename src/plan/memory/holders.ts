/** Which nodes hold rows in memory, and how much: as the server says, else as the planner's rows and widths suggest. */

import { isRecord, type Json, numberOf, recordsOf, textOf } from '../../base/json.ts';
import { cteScansOfPlan, expectedLoops, isHashed } from '../accounting/costs.ts';
import { heapBlocks } from '../accounting/counters.ts';
import type { PlanNode } from '../plan.ts';
import type { MemoryLimits } from './memory.ts';

export interface Holder {
  readonly node: PlanNode;
  readonly what: 'sort' | 'hash table' | 'cache' | 'rows' | 'bitmap';
  /** measured: the server said what it was at its peak. */
  readonly how: 'measured' | 'estimated';
  /** In all processes, bytes. */
  readonly heldBytes: number;
  /** In all processes, bytes: at this much it spills (or, a bitmap, gets lossy). */
  readonly allowedBytes: number;
  /** How many processes hold it; 1 for a table that they share (Parallel Hash). */
  readonly processes: number;
}

type What = Holder['what'];

const KILO = 1024;
/** MinimalTuple and its slot in a sort or hash table: header, pointers, alignment (costsize.c: relation_byte_size). */
const TUPLE_OVERHEAD = 24;
/** What a group's transition states take besides (nodeAgg.c: hash_agg_entry_size, one state of 16 bytes). */
const GROUP_OVERHEAD = 56;
/** PagetableEntry of a bitmap and its place in the hash (tidbitmap.c). */
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
    // All scans of a CTE read one table.
    const table = tableOf.get(node.id);
    if (table !== undefined && tables.has(table)) return [];
    if (table !== undefined) tables.add(table);
    const parent = nodes[parents[node.id] ?? -1];
    const what = whatIsHeld(node, parent);
    if (what === undefined) return [];
    // Without rows and widths nothing is known of it.
    if (node.actual === undefined && !node.hasEstimates) return [];
    // The processes of a parallel bitmap scan share one bitmap and the memory of one of them.
    const oneForAll = what === 'bitmap' && node.parallelAware;
    const shared = oneForAll || (node.nodeType === 'Hash' && node.parallelAware);
    const count = oneForAll ? 1 : (processes[node.id] ?? 1);
    const hashes = what === 'hash table' || what === 'cache';
    const each = limits.workMemBytes * (hashes ? limits.hashMemMultiplier : 1);
    const allowedBytes = each * count;
    const measured = measuredBytes(node.raw, what, shared ? 1 : count, each);
    // What went to disk had filled its memory: how much that is, the server does not say but for its settings.
    const assumed = !limits.workMemKnown && what !== 'hash table' && wentToDisk(node.raw);
    const heldBytes =
      measured ?? Math.min(each, estimatedBytes(node, parent, what, count)) * (shared ? 1 : count);
    const how = measured === undefined || assumed ? 'estimated' : 'measured';
    return [{ node, what, how, heldBytes, allowedBytes, processes: shared ? 1 : count }];
  });
}

/** The node's own, else what a hashed SubPlan is kept in. */
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
 * Of all processes together. The leader's figure stands on the node and each worker's in `Workers`; a Hash has the
 * largest of them only, so it counts once for each process. What went to disk had taken all it may before.
 */
function measuredBytes(raw: Json, what: What, processes: number, each: number): number | undefined {
  const own = peakBytes(raw, what, each);
  if (raw['Node Type'] === 'Hash') return own === undefined ? undefined : own * processes;
  const workers = recordsOf(raw, 'Workers').map(worker => peakBytes(worker, what, each));
  const reported = workers.filter(bytes => bytes !== undefined);
  if (own === undefined && reported.length === 0) return undefined;
  return reported.reduce((sum, bytes) => sum + bytes, own ?? 0);
}

function peakBytes(raw: Json, what: What, each: number): number | undefined {
  if (what === 'sort') return sortBytes(raw, each) ?? groupBytes(raw, each);
  if (what === 'rows') {
    const kilobytes = numberOf(raw, 'Maximum Storage');
    if (kilobytes === undefined) return undefined;
    return textOf(raw, 'Storage') === 'Disk' ? each : kilobytes * KILO;
  }
  const kilobytes = numberOf(raw, 'Peak Memory Usage');
  return kilobytes === undefined ? undefined : kilobytes * KILO;
}

function wentToDisk(raw: Json): boolean {
  return [raw, ...recordsOf(raw, 'Workers')].some(
    one =>
      textOf(one, 'Sort Space Type') === 'Disk' ||
      textOf(one, 'Storage') === 'Disk' ||
      ['Full-sort Groups', 'Pre-sorted Groups'].some(key => {
        const groups = one[key];
        return isRecord(groups) && isRecord(groups['Sort Space Disk']);
      }),
  );
}

function sortBytes(raw: Json, each: number): number | undefined {
  const kilobytes = numberOf(raw, 'Sort Space Used');
  if (kilobytes === undefined) return undefined;
  return textOf(raw, 'Sort Space Type') === 'Disk' ? each : kilobytes * KILO;
}

/** An incremental sort has two: one for groups sorted whole, one for those that begin alike. */
function groupBytes(raw: Json, each: number): number | undefined {
  const peaks = ['Full-sort Groups', 'Pre-sorted Groups'].flatMap(key => {
    const groups = raw[key];
    if (isRecord(groups) && isRecord(groups['Sort Space Disk'])) return [each];
    const memory = isRecord(groups) ? groups['Sort Space Memory'] : undefined;
    const kilobytes = isRecord(memory) ? numberOf(memory, 'Peak Sort Space Used') : undefined;
    return kilobytes === undefined ? [] : [kilobytes * KILO];
  });
  return peaks.length === 0 ? undefined : peaks.reduce((sum, bytes) => sum + bytes, 0);
}

/** In one process, before the limit: of the rows that came, or before the run of those that the planner expects. */
function estimatedBytes(node: PlanNode, parent: PlanNode | undefined, what: What, processes: number): number {
  const { raw } = node;
  if (what === 'bitmap') {
    const blocks = heapBlocks(raw, 'Exact') + heapBlocks(raw, 'Lossy');
    return PAGE_ENTRY * (blocks > 0 ? blocks / processes : node.planRows);
  }
  // A sort beneath a LIMIT keeps only as many rows as are asked for.
  // What it is asked for again and again it keeps once, or makes anew: one loop's rows, in one process.
  const { actual } = node;
  const came = actual && (actual.rows + actual.rowsRemoved) / Math.max(1, actual.loops, processes);
  const asked = came ?? (what === 'sort' && parent?.nodeType === 'Limit' ? parent.planRows : node.planRows);
  const rows = what === 'cache' ? expectedKeys(node, parent) : asked;
  const overhead = TUPLE_OVERHEAD + (node.nodeType === 'Aggregate' ? GROUP_OVERHEAD : 0);
  return rows * (Math.ceil(node.planWidth / 8) * 8 + overhead);
}

/** Memoize keeps the rows of each key that is asked for; at most one for each row of the outer side. */
function expectedKeys(node: PlanNode, parent: PlanNode | undefined): number {
  const estimate = numberOf(node.raw, 'Estimated Unique Keys');
  return node.planRows * (estimate ?? (parent === undefined ? 1 : expectedLoops(node, parent)));
}

/** What really happened in each node (EXPLAIN ANALYZE), accounted as types.ts promises. */
import { type Json, numberOf } from '../../base/json.ts';
import type { RawNode, Skeleton } from '../fingerprint.ts';
import type { NodeActuals } from '../plan.ts';
import { buffersOf, ioOf, totalBlocks, walOf } from './counters.ts';
import { exclusiveAmounts } from './exclusive.ts';
import { leaderTakesPart, listedWorkers, type Processes, processesOf } from './processes.ts';
import { isPartOfParent, type Readers, readersOf } from './readers.ts';

/** By node id; undefined for a node that carries no actual figures. */
export function actualsOf(
  nodes: Skeleton,
  settings: Readonly<Record<string, string>>,
): readonly (NodeActuals | undefined)[] {
  if (!nodes.some(node => loopsOf(node) !== undefined)) return nodes.map(() => undefined);
  const parents = nodes.map(({ parent }) => parent);
  const times = inclusiveTimes(nodes, processesOf(nodes, parents, leaderTakesPart(settings)));
  const timed = times[0] !== undefined;
  // Without times, blocks show where an InitPlan ran.
  const weight = timed ? (id: number) => times[id] ?? 0 : (id: number) => blocksOf(nodes, id);
  const readers = readersOf(nodes, weight);
  const exclusive = exclusiveAmounts(
    times.map(ms => ms ?? 0),
    readers,
  );
  const buffers = nodes.map(({ raw }) => buffersOf(raw));
  const io = nodes.map(({ raw }) => ioOf(raw));
  const wal = nodes.map(({ raw }) => walOf(raw));
  const exclusiveBuffers = exclusiveCounters(buffers, readers, 'whole');
  const exclusiveIo = exclusiveCounters(io, readers, 'fraction');
  const exclusiveWal = exclusiveCounters(wal, readers, 'whole');
  return nodes.map(({ id, raw }) => {
    const loops = numberOf(raw, 'Actual Loops');
    if (loops === undefined) return undefined;
    return {
      executed: loops > 0,
      loops,
      rows: totalRows(raw),
      rowsPerLoop: numberOf(raw, 'Actual Rows') ?? 0,
      inclusiveMs: times[id],
      exclusiveMs: times[id] === undefined ? undefined : exclusive[id],
      buffers: buffers[id],
      exclusiveBuffers: exclusiveBuffers[id],
      io: io[id],
      exclusiveIo: exclusiveIo[id],
      wal: wal[id],
      exclusiveWal: exclusiveWal[id],
      rowsRemoved: rowsRemoved(raw),
      heapFetches: heapFetches(raw),
    };
  });
}

function blocksOf(nodes: Skeleton, id: number): number {
  const node = nodes[id];
  const buffers = node && buffersOf(node.raw);
  return buffers === undefined ? 0 : totalBlocks(buffers);
}

/** From averages per loop to totals, and to the wall time a person waits for. */

/** `Actual Total Time` and the rows are averages; PostgreSQL counts the loops of every process. */
function loopsOf(node: RawNode): number | undefined {
  return numberOf(node.raw, 'Actual Loops');
}

/** Time × loops of all processes, ms; undefined with TIMING OFF. */
function totalMs(node: RawNode): number | undefined {
  const perLoop = numberOf(node.raw, 'Actual Total Time');
  const loops = loopsOf(node);
  return perLoop === undefined || loops === undefined ? undefined : perLoop * loops;
}

/**
 * The slowest process's time, when VERBOSE listed the workers; undefined when it did not. The leader is not
 * listed: it did what the workers did not.
 */
function slowestProcessMs(node: RawNode, all: number): number | undefined {
  let slowest: number | undefined;
  let leaderMs = all;
  let leaderLoops = loopsOf(node) ?? 0;
  for (const { ms, loops } of listedWorkers(node.raw)) {
    if (ms === undefined) continue;
    slowest = Math.max(slowest ?? 0, ms);
    leaderMs -= ms;
    leaderLoops -= loops;
  }
  if (slowest === undefined) return undefined;
  return leaderLoops > 0 ? Math.max(slowest, leaderMs) : slowest;
}

/** EXPLAIN prints averages per loop to a thousandth of a ms: how far the total may be off. */
const ROUNDING_MS = 0.0005;

/**
 * Wall time with children of every node, ms; undefined for a node without times.
 * In parallel: the slowest process's; else the total shared by the processes that ran it (processes.ts), and never less
 * than any one of its children took.
 * A node of many short loops may be rounded to less than its children took (Memoize: 0.000 ms × 118,020): it took at
 * least as long as they did, as far as rounding explains it.
 */
function inclusiveTimes(nodes: Skeleton, processes: readonly Processes[]): readonly (number | undefined)[] {
  const times: (number | undefined)[] = nodes.map(() => undefined);
  const longestChild: number[] = nodes.map(() => 0);
  const allChildren: number[] = nodes.map(() => 0);
  for (const node of nodes.toReversed()) {
    const { id, parent } = node;
    const all = totalMs(node);
    if (all === undefined) continue;
    const sharing = processes[id]?.count ?? 1;
    const shared = () => Math.max(all / sharing, longestChild[id] ?? 0);
    const wall = sharing > 1 ? (slowestProcessMs(node, all) ?? shared()) : all;
    const slack = (ROUNDING_MS * (loopsOf(node) ?? 0)) / sharing;
    const ms = Math.max(wall, Math.min(allChildren[id] ?? 0, wall + slack));
    times[id] = ms;
    if (!isPartOfParent(node)) continue;
    longestChild[parent] = Math.max(longestChild[parent] ?? 0, ms);
    allChildren[parent] = (allChildren[parent] ?? 0) + ms;
  }
  return times;
}

/** Row counters: which are per loop and which are totals. */

/** `Actual Rows` is an average per loop, rounded to whole rows up to PostgreSQL 17. */
export function totalRows(raw: Json): number {
  return Math.round((numberOf(raw, 'Actual Rows') ?? 0) * (numberOf(raw, 'Actual Loops') ?? 0));
}

/** Filter, join filter, index recheck …: each an average per loop. */
export function rowsRemoved(raw: Json): number {
  let perLoop = 0;
  for (const key of Object.keys(raw))
    if (key.startsWith('Rows Removed by ')) perLoop += numberOf(raw, key) ?? 0;
  return Math.round(perLoop * (numberOf(raw, 'Actual Loops') ?? 0));
}

/** Unlike the rows beside it, a total over all loops. */
export function heapFetches(raw: Json): number | undefined {
  return numberOf(raw, 'Heap Fetches');
}

/** What of the counters is a node's own. */

/**
 * Each field without what ran in the node, by the rules of exclusive.ts: never negative, and adding up to the root's.
 * @param inclusive By node id; undefined where the server counted nothing.
 * @param unit 'whole' for what is counted in pieces (blocks): shares of a CTE are rounded so that the sum stays.
 */
function exclusiveCounters<T extends object>(
  inclusive: readonly (T | undefined)[],
  readers: Readers,
  unit: 'whole' | 'fraction',
): readonly (T | undefined)[] {
  const template = inclusive.find(counters => counters !== undefined);
  if (template === undefined) return inclusive;
  const fields = Object.keys(template) as (keyof T)[];
  const own = new Map<keyof T, readonly number[]>();
  for (const field of fields) {
    const amounts = inclusive.map(counters => Number(counters?.[field] ?? 0));
    if (amounts.every(amount => amount === 0)) continue;
    const exact = exclusiveAmounts(amounts, readers);
    own.set(field, unit === 'whole' ? inWholes(exact) : exact);
  }
  return inclusive.map((counters, id) => {
    if (counters === undefined) return undefined;
    const entries = fields.map(field => [field, own.get(field)?.[id] ?? 0]);
    return Object.fromEntries(entries) as T;
  });
}

/** Rounded so that the sum stays: what is cut off goes to those that lost most. */
function inWholes(amounts: readonly number[]): readonly number[] {
  // Sums of fractions that should be whole are off by a little.
  const whole = amounts.map(amount => Math.floor(amount + 1e-6));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const missing = Math.round(sum(amounts)) - sum(whole);
  if (missing <= 0) return whole;
  const rest = (id: number) => (amounts[id] ?? 0) - (whole[id] ?? 0);
  const neediest = amounts.map((_, id) => id).sort((a, b) => rest(b) - rest(a) || a - b);
  for (const id of neediest.slice(0, missing)) whole[id] = (whole[id] ?? 0) + 1;
  return whole;
}

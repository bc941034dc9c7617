/** Figures of EXPLAIN ANALYZE for each node, as NodeActuals defines them. */
import { type Json, numberOf } from '../../base/json.ts';
import { sum } from '../../base/statistics.ts';
import type { NodeActuals } from '../plan.ts';
import type { RawNode, Skeleton } from '../skeleton.ts';
import { buffersOf, ioOf, totalBlocks, walOf } from './counters.ts';
import { exclusiveAmounts } from './exclusive.ts';
import { leaderTakesPart, listedWorkers, type Processes, processesOf } from './processes.ts';
import { isPartOfParent, type Readers, readersOf } from './readers.ts';

/** By node id; undefined for a node without actual figures. */
export function actualsOf(
  nodes: Skeleton,
  settings: Readonly<Record<string, string>>,
): readonly (NodeActuals | undefined)[] {
  if (!nodes.some(node => loopsOf(node) !== undefined)) return nodes.map(() => undefined);
  const parents = nodes.map(({ parent }) => parent);
  const times = inclusiveTimes(nodes, processesOf(nodes, parents, leaderTakesPart(settings)));
  const timed = times[0] !== undefined;
  // Without times, the blocks show in which node an InitPlan ran.
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
      // Unlike the row counters, this is a total over all loops.
      heapFetches: numberOf(raw, 'Heap Fetches'),
    };
  });
}

function blocksOf(nodes: Skeleton, id: number): number {
  const node = nodes[id];
  const buffers = node && buffersOf(node.raw);
  return buffers === undefined ? 0 : totalBlocks(buffers);
}

// From averages per loop to totals and wall time.

/** Loops of all processes. `Actual Total Time` and `Actual Rows` are averages over them. */
function loopsOf(node: RawNode): number | undefined {
  return numberOf(node.raw, 'Actual Loops');
}

/** Sum over all loops and processes, ms; undefined with TIMING OFF. */
function totalMs(node: RawNode): number | undefined {
  const perLoop = numberOf(node.raw, 'Actual Total Time');
  const loops = loopsOf(node);
  return perLoop === undefined || loops === undefined ? undefined : perLoop * loops;
}

/**
 * Time of the slowest process, ms; undefined unless VERBOSE listed the workers. The leader is not listed: it did
 * what the workers did not.
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

/** EXPLAIN rounds the average of a loop to a thousandth of a ms. */
const ROUNDING_MS = 0.0005;

/**
 * Wall time with children, ms; undefined for a node without times. In parallel it is the slowest process's time, else
 * the total divided by the processes (processes.ts), but never less than one child took.
 * Many short loops may be rounded to less than the children took (Memoize: 0.000 ms × 118,020). Then the node counts
 * with its children's time, as far as rounding explains the gap.
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

// Row counters: some are averages per loop, some are totals.

/** `Actual Rows` is an average per loop, up to PostgreSQL 17 rounded to whole rows. */
function totalRows(raw: Json): number {
  return Math.round((numberOf(raw, 'Actual Rows') ?? 0) * (numberOf(raw, 'Actual Loops') ?? 0));
}

/** Over all kinds (filter, join filter, index recheck …), each of which is an average per loop. */
function rowsRemoved(raw: Json): number {
  let perLoop = 0;
  for (const key of Object.keys(raw))
    if (key.startsWith('Rows Removed by ')) perLoop += numberOf(raw, key) ?? 0;
  return Math.round(perLoop * (numberOf(raw, 'Actual Loops') ?? 0));
}

/**
 * Each counter without the children, by the rules of exclusive.ts: never negative, and adding up to the root's.
 * @param inclusive By node id; undefined if the server counted nothing.
 * @param unit 'whole' for blocks: shares of a CTE are rounded so that the sum stays.
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

/** Rounds down, then gives the missing units to the largest remainders, so that the sum stays. */
function inWholes(amounts: readonly number[]): readonly number[] {
  // Floating-point sums of shares may miss a whole number slightly.
  const whole = amounts.map(amount => Math.floor(amount + 1e-6));
  const missing = Math.round(sum(amounts)) - sum(whole);
  if (missing <= 0) return whole;
  const rest = (id: number) => (amounts[id] ?? 0) - (whole[id] ?? 0);
  const neediest = amounts.map((_, id) => id).sort((a, b) => rest(b) - rest(a) || a - b);
  for (const id of neediest.slice(0, missing)) whole[id] = (whole[id] ?? 0) + 1;
  return whole;
}

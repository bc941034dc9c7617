/** What really happened in each node (EXPLAIN ANALYZE), accounted as types.ts promises. */
import { buffersOf, ioOf, totalBlocks, walOf } from './counters.ts';
import { exclusiveAmounts } from './exclusive.ts';
import { exclusiveCounters } from './exclusive-counters.ts';
import { numberOf } from './json.ts';
import { inclusiveTimes, loopsOf } from './loops.ts';
import { leaderTakesPart, processesOf } from './processes.ts';
import { readersOf } from './readers.ts';
import { heapFetches, rowsRemoved, totalRows } from './rows.ts';
import type { Skeleton } from './skeleton.ts';
import type { NodeActuals } from './types.ts';

/** By node id; undefined for a node that carries no actual figures. */
export function actualsOf(
  nodes: Skeleton,
  settings: Readonly<Record<string, string>>,
): readonly (NodeActuals | undefined)[] {
  if (!nodes.some(node => loopsOf(node) !== undefined)) return nodes.map(() => undefined);
  const parents = nodes.map(({ parent }) => parent);
  const times = inclusiveTimes(nodes, processesOf(nodes, parents, leaderTakesPart(settings)));
  const timed = times[0] !== undefined;
  // Without times, blocks tell where an InitPlan ran.
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

/** What PostgreSQL counts in a node: totals over all loops and processes, the children's included. */
import { type Json, numberOf, recordsOf } from '../../base/json.ts';
import type { Buffers, IoTimes, WalUsage } from '../plan.ts';

type Keys<T> = Readonly<Record<keyof T, readonly string[]>>;

/** Field → EXPLAIN's keys; of several that are there the sum. */
const BUFFERS: Keys<Buffers> = {
  sharedHit: ['Shared Hit Blocks'],
  sharedRead: ['Shared Read Blocks'],
  sharedDirtied: ['Shared Dirtied Blocks'],
  sharedWritten: ['Shared Written Blocks'],
  localHit: ['Local Hit Blocks'],
  localRead: ['Local Read Blocks'],
  localDirtied: ['Local Dirtied Blocks'],
  localWritten: ['Local Written Blocks'],
  tempRead: ['Temp Read Blocks'],
  tempWritten: ['Temp Written Blocks'],
};

/** Up to 16 shared and local blocks have one figure, from 17 on one each. */
const IO: Keys<IoTimes> = {
  readMs: ['I/O Read Time', 'Shared I/O Read Time', 'Local I/O Read Time'],
  writeMs: ['I/O Write Time', 'Shared I/O Write Time', 'Local I/O Write Time'],
  tempReadMs: ['Temp I/O Read Time'],
  tempWriteMs: ['Temp I/O Write Time'],
};

const WAL: Keys<WalUsage> = {
  records: ['WAL Records'],
  fullPageImages: ['WAL FPI'],
  bytes: ['WAL Bytes'],
};

/** All keys that these fields hold. */
export const COUNTER_KEYS: ReadonlySet<string> = new Set(
  [BUFFERS, IO, WAL].flatMap(keys => Object.values(keys).flat()),
);

/** undefined without BUFFERS. */
export const buffersOf = (raw: Json): Buffers | undefined => read(raw, BUFFERS);
/** undefined without BUFFERS under track_io_timing. */
export const ioOf = (raw: Json): IoTimes | undefined => read(raw, IO);
/** undefined without WAL. */
export const walOf = (raw: Json): WalUsage | undefined => read(raw, WAL);

function read<T>(raw: Json, keys: Keys<T>): { [K in keyof T]: number } | undefined {
  const fields = Object.entries(keys) as [keyof T, readonly string[]][];
  if (!fields.some(([, names]) => names.some(name => name in raw))) return undefined;
  const values = fields.map(([field, names]) => [
    field,
    names.reduce((sum, name) => sum + (numberOf(raw, name) ?? 0), 0),
  ]);
  return Object.fromEntries(values);
}

/** Blocks read and hit in any way: how much a node has to do with blocks at all. */
export function totalBlocks(buffers: Buffers): number {
  return buffers.sharedHit + buffers.sharedRead + buffers.localHit + buffers.localRead + buffers.tempRead;
}

/** Blocks that a bitmap led to. */

/** Of all processes: PostgreSQL 18 shows the leader's on the node and each worker's in `Workers`, earlier ones the leader's only. */
export function heapBlocks(raw: Json, kind: 'Exact' | 'Lossy'): number {
  return [raw, ...recordsOf(raw, 'Workers')].reduce(
    (sum, one) => sum + (numberOf(one, `${kind} Heap Blocks`) ?? 0),
    0,
  );
}

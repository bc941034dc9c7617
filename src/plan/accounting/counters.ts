/** A node's counters: totals over all loops and processes, children included. */
import { KILOBYTE } from '../../base/format.ts';
import { isRecord, type Json, numberOf, recordsOf, textOf } from '../../base/json.ts';
import { sum } from '../../base/statistics.ts';
import type { Buffers, IoTimes, WalUsage } from '../plan.ts';

type Keys<T> = Readonly<Record<keyof T, readonly string[]>>;

/** Field → EXPLAIN's keys, whose values are added. */
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

/** Up to 16 one figure covers shared and local blocks. */
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
  const total = (names: readonly string[]) =>
    names.reduce((all, name) => all + (numberOf(raw, name) ?? 0), 0);
  const values = fields.map(([field, names]) => [field, total(names)]);
  return Object.fromEntries(values);
}

/** Blocks read or hit. */
export function totalBlocks(buffers: Buffers): number {
  return buffers.sharedHit + buffers.sharedRead + buffers.localHit + buffers.localRead + buffers.tempRead;
}

/** Blocks that a bitmap scan visited, over all reported processes: 18 lists each worker's, earlier only the leader's. */
export function heapBlocks(raw: Json, kind: 'Exact' | 'Lossy'): number {
  const reports = [raw, ...recordsOf(raw, 'Workers')];
  return sum(reports.map(one => numberOf(one, `${kind} Heap Blocks`) ?? 0));
}

/** Space of a sort. An incremental sort has up to two: for full groups and for groups with equal prefixes. */
export function sortSpaces(raw: Json): readonly { readonly onDisk: boolean; readonly bytes: number }[] {
  const used = numberOf(raw, 'Sort Space Used');
  if (used !== undefined)
    return [{ onDisk: textOf(raw, 'Sort Space Type') === 'Disk', bytes: used * KILOBYTE }];
  return [raw['Full-sort Groups'], raw['Pre-sorted Groups']].filter(isRecord).flatMap(groups => {
    const { 'Sort Space Disk': disk, 'Sort Space Memory': memory } = groups;
    const space = disk ?? memory;
    if (!isRecord(space)) return [];
    return [{ onDisk: isRecord(disk), bytes: (numberOf(space, 'Peak Sort Space Used') ?? 0) * KILOBYTE }];
  });
}

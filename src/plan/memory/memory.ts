/**
 * Memory that a plan may hold at once. PostgreSQL limits each node of each process by work_mem, but no query as a
 * whole. Sorts and hash tables are freed when the executor ends (ExecEndSort, ExecHashTableDestroy), not when their
 * rows have been read, so the sum over all of them counts.
 */
import { formatBlocks, formatBytes, KILOBYTE } from '../../base/format.ts';
import { type Json, numberOf, recordsOf } from '../../base/json.ts';
import { sum } from '../../base/statistics.ts';
import { sortSpaces } from '../accounting/counters.ts';
import { leaderTakesPart, processesOf } from '../accounting/processes.ts';
import type { Plan, PlanNode } from '../plan.ts';
import { flattenPlan, parentIds } from '../tree.ts';
import { type Holder, holdersOf } from './holders.ts';

export type { Holder } from './holders.ts';

export interface MemoryLimits {
  /** work_mem */
  readonly workMemBytes: number;
  /** hash_mem_multiplier: a hash table may take this times work_mem. */
  readonly hashMemMultiplier: number;
  /** False if work_mem is only assumed to be PostgreSQL's default. */
  readonly workMemKnown: boolean;
}

type KnownLimits = {
  readonly [K in Exclude<keyof MemoryLimits, 'workMemKnown'>]?: number | undefined;
};

export interface PlanMemory {
  /** In plan order, at most one per node. */
  readonly holders: readonly Holder[];
  /** Of this server's nodes over all processes, measured if possible, else estimated. */
  readonly heldBytes: number;
  /** All of `heldBytes` was measured. */
  readonly measured: boolean;
  /** Limit before these nodes spill, over all processes. */
  readonly allowedBytes: number;
  readonly limits: MemoryLimits;
}

/** PostgreSQL's default, which EXPLAIN (SETTINGS) does not list. */
export const DEFAULT_WORK_MEM = 4 * 1024 ** 2;
/** 1.0 in PostgreSQL 13 and 14. */
const HASH_MEM_MULTIPLIER = 2;

/** @param known Settings of the session: EXPLAIN (SETTINGS) lists only non-default ones. */
export function memoryOf(plan: Plan, known: KnownLimits = {}): PlanMemory {
  const { settings } = plan;
  const multiplier = Number(settings.hash_mem_multiplier ?? Number.NaN);
  const workMem = bytesOfSetting(settings.work_mem) ?? known.workMemBytes;
  const limits: MemoryLimits = {
    workMemBytes: workMem ?? DEFAULT_WORK_MEM,
    workMemKnown: workMem !== undefined,
    hashMemMultiplier: multiplier >= 1 ? multiplier : (known.hashMemMultiplier ?? HASH_MEM_MULTIPLIER),
  };
  const nodes = flattenPlan(plan);
  const parents = parentIds(nodes);
  const processes = processesOf(nodes, parents, leaderTakesPart(settings)).map(({ count }) => count);
  const holders = holdersOf(nodes, parents, processes, limits);
  const local = holders.filter(({ node }) => node.scope === 0);
  return {
    holders,
    heldBytes: sum(local.map(({ heldBytes }) => heldBytes)),
    measured: local.length > 0 && local.every(({ how }) => how === 'measured'),
    allowedBytes: sum(local.map(({ allowedBytes }) => allowedBytes)),
    limits,
  };
}

/** Ids of the nodes whose memory is measured. */
export const measuredHolders = ({ holders }: PlanMemory): ReadonlySet<number> =>
  new Set(holders.filter(({ how }) => how === 'measured').map(({ node }) => node.id));

/** Bytes by node id. */
export const heldByNode = ({ holders }: PlanMemory): ReadonlyMap<number, number> =>
  new Map(holders.map(({ node, heldBytes }) => [node.id, heldBytes]));

// Sizes in PostgreSQL's settings: `500MB`, `4096kB`, `65536`.

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1024,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  TB: 1024 ** 4,
};

/** Bytes; undefined if the text is no size. @param unit Of a number without a unit: `kB` for work_mem. */
export function bytesOfSetting(text: string | undefined, unit = 'kB'): number | undefined {
  const [, digits, name = ''] = /^\s*(\d+(?:\.\d+)?)\s*(B|kB|MB|GB|TB)?\s*$/.exec(text ?? '') ?? [];
  const factor = UNITS[name === '' ? unit : name];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}

// Spills: sorts on disk, hash batches, temporary files.

export interface Spill {
  readonly node: PlanNode;
  /** A sentence without a full stop. */
  readonly text: string;
}

/** In plan order. @param parents By node id. */
export function spillsOf(nodes: readonly PlanNode[], parents: readonly number[]): readonly Spill[] {
  return nodes.flatMap(node => {
    const text = spillOf(node, nodes[parents[node.id] ?? -1]);
    return text === undefined ? [] : [{ node, text }];
  });
}

function spillOf(node: PlanNode, parent: PlanNode | undefined): string | undefined {
  const { raw, actual } = node;
  if (actual?.executed !== true) return undefined;
  const groups = [raw, ...recordsOf(raw, 'Workers')];
  const disk = sum(groups.map(sortDiskBytes));
  if (disk > 0) return `the sort did not fit in memory: ${formatBytes(disk)} on disk`;
  const hashBatches = numberOf(raw, 'Hash Batches') ?? 1;
  // A Hash Join's files hold outer rows that wait for their batch: they belong to the spill of its Hash.
  const joins = node.nodeType === 'Hash' && parent?.nodeType === 'Hash Join';
  const written =
    (actual.exclusiveBuffers?.tempWritten ?? 0) +
    (joins ? (parent.actual?.exclusiveBuffers?.tempWritten ?? 0) : 0);
  if (node.nodeType === 'Hash' && hashBatches > 1)
    return `the hash table did not fit in memory: ${hashBatches} batches${written > 0 ? `, ${formatBlocks(written)} written to disk` : ''}`;
  const diskUsage = diskBytes(raw);
  const batches = Math.max(...groups.map(one => numberOf(one, 'HashAgg Batches') ?? 0));
  if (batches > 1 || diskUsage > 0)
    return `the groups did not fit in memory: ${batches} batches, ${formatBytes(diskUsage)} on disk`;
  if (written > 0 && !node.nodeType.endsWith('Join'))
    return `${formatBlocks(written)} of temporary files written`;
  return undefined;
}

/** Disk space of sorts and hash aggregation over all processes. A Hash Join's is in its temporary blocks. */
export function diskBytes(raw: Json): number {
  const reports = [raw, ...recordsOf(raw, 'Workers')];
  return sum(reports.map(one => sortDiskBytes(one) + (numberOf(one, 'Disk Usage') ?? 0) * KILOBYTE));
}

const sortDiskBytes = (raw: Json): number =>
  sum(sortSpaces(raw).flatMap(({ onDisk, bytes }) => (onDisk ? [bytes] : [])));

/**
 * What a plan may hold in memory at once. PostgreSQL limits each node of each process by work_mem and no query as a
 * whole; sorts and hash tables are let go when the executor ends (ExecEndSort, ExecHashTableDestroy in
 * ExecEndHashJoin), not when their rows have been read. So what may be held at once is the sum over all of them.
 */
import { formatBlocks, formatBytes } from '../../base/format.ts';
import { isRecord, type Json, numberOf, recordsOf, textOf } from '../../base/json.ts';
import { leaderTakesPart, processesOf } from '../accounting/processes.ts';
import type { Plan, PlanNode } from '../plan.ts';
import { flattenPlan, parentIds } from '../tree.ts';
import { type Holder, holdersOf } from './holders.ts';

export type { Holder } from './holders.ts';

export interface MemoryLimits {
  /** What one sort may take, bytes: work_mem. */
  readonly workMemBytes: number;
  /** A hash table may take this many times as much: hash_mem_multiplier. */
  readonly hashMemMultiplier: number;
  /** False where work_mem is PostgreSQL's default for want of anything better. */
  readonly workMemKnown: boolean;
}

/** What a session knows of the limits; what is undefined is not known. */
type KnownLimits = {
  readonly [K in Exclude<keyof MemoryLimits, 'workMemKnown'>]?: number | undefined;
};

export interface PlanMemory {
  /** Every node that holds something, in plan order. */
  readonly holders: readonly Holder[];
  /** Bytes that all of them hold in all processes: measured where the server says so, estimated elsewhere. */
  readonly heldBytes: number;
  /** All of `heldBytes` was measured. */
  readonly measured: boolean;
  /** Bytes that PostgreSQL would let them take before they spill, in all processes. */
  readonly allowedBytes: number;
  readonly limits: MemoryLimits;
}

/** PostgreSQL's default: what a plan has whose EXPLAIN (SETTINGS) names no other. */
export const DEFAULT_WORK_MEM = 4 * 1024 ** 2;
/** 1.0 in PostgreSQL 13 and 14. */
const HASH_MEM_MULTIPLIER = 2;

/**
 * @param known What the session knows better than the plan: EXPLAIN (SETTINGS) lists only what is not default.
 */
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
  const sum = (bytes: (holder: Holder) => number) =>
    local.reduce((total, holder) => total + bytes(holder), 0);
  return {
    holders,
    heldBytes: sum(({ heldBytes }) => heldBytes),
    measured: local.length > 0 && local.every(({ how }) => how === 'measured'),
    allowedBytes: sum(({ allowedBytes }) => allowedBytes),
    limits,
  };
}

/** Ids of the nodes of which all is measured. */
export function measuredHolders({ holders }: PlanMemory): ReadonlySet<number> {
  const measured = new Set(holders.map(({ node }) => node.id));
  for (const { node, how } of holders) if (how !== 'measured') measured.delete(node.id);
  return measured;
}

/** Bytes by id of the nodes that hold something. */
export function heldByNode({ holders }: PlanMemory): ReadonlyMap<number, number> {
  const held = new Map<number, number>();
  for (const { node, heldBytes } of holders) held.set(node.id, (held.get(node.id) ?? 0) + heldBytes);
  return held;
}

/** `500MB`, `4096kB`, `65536`: sizes as PostgreSQL's settings have them. */

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1024,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  TB: 1024 ** 4,
};

/** Bytes; undefined for what is no size. @param unit Of a bare number: `kB` for work_mem. */
export function bytesOfSetting(text: string | undefined, unit = 'kB'): number | undefined {
  const [, digits, name = ''] = /^\s*(\d+(?:\.\d+)?)\s*(B|kB|MB|GB|TB)?\s*$/.exec(text ?? '') ?? [];
  const factor = UNITS[name === '' ? unit : name];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}

/** What did not fit in memory when a plan was executed: sorts on disk, batches, temporary files. */

export interface Spill {
  readonly node: PlanNode;
  /** With its figure; a sentence without a full stop. */
  readonly text: string;
}

const KILO = 1024;

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
  const disk = groups.reduce((sum, one) => sum + sortDiskBytes(one), 0);
  if (disk > 0) return `the sort did not fit in memory: ${formatBytes(disk)} on disk`;
  const hashBatches = numberOf(raw, 'Hash Batches') ?? 1;
  // A hash join's own files are those of its Hash: the rows of the outer side that wait for their batch.
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

/** What a sort or groups wrote to disk, in all processes; a hash table's is in the blocks of temporary files. */
export function diskBytes(raw: Json): number {
  return [raw, ...recordsOf(raw, 'Workers')].reduce(
    (sum, one) => sum + sortDiskBytes(one) + (numberOf(one, 'Disk Usage') ?? 0) * KILO,
    0,
  );
}

function sortDiskBytes(raw: Json): number {
  if (textOf(raw, 'Sort Space Type') === 'Disk') return (numberOf(raw, 'Sort Space Used') ?? 0) * KILO;
  return ['Full-sort Groups', 'Pre-sorted Groups'].reduce((sum, key) => {
    const groups = raw[key];
    const disk = isRecord(groups) ? groups['Sort Space Disk'] : undefined;
    return sum + (isRecord(disk) ? (numberOf(disk, 'Peak Sort Space Used') ?? 0) * KILO : 0);
  }, 0);
}

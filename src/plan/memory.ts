/**
 * What a plan may hold in memory at once. PostgreSQL limits each node of each process by work_mem and no query as a
 * whole; sorts and hash tables are let go when the executor ends (ExecEndSort, ExecHashTableDestroy in
 * ExecEndHashJoin), not when their rows have been read. So what may be held at once is the sum over all of them.
 */
import { flattenPlan, parentIds } from './flatten.ts';
import { type Holder, holdersOf } from './memory-holders.ts';
import { leaderTakesPart, processesOf } from './processes.ts';
import { bytesOfSetting } from './size-text.ts';
import type { Plan } from './types.ts';

export type { Holder } from './memory-holders.ts';

export interface MemoryLimits {
  /** What one sort may take, bytes: work_mem. */
  readonly workMemBytes: number;
  /** A hash table may take this many times as much: hash_mem_multiplier. */
  readonly hashMemMultiplier: number;
  /** False where work_mem is PostgreSQL's default for want of anything better. */
  readonly workMemKnown: boolean;
}

/** What a session knows of the limits; what is undefined is not known. */
export type KnownLimits = {
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

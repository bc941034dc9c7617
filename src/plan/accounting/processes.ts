/** The processes that run a node: the leader alone, or the leader and the workers of the Gather above it. */
import { type Json, numberOf, recordsOf } from '../../base/json.ts';
import { sum } from '../../base/statistics.ts';
import type { Plan } from '../plan.ts';
import { cteName, isGather, isInitPlan, isPartOfParent, isSubPlan } from './readers.ts';

/** Common to RawNode and PlanNode. */
interface Node {
  readonly nodeType: string;
  readonly raw: Json;
  readonly apart: boolean;
}

export interface Processes {
  /** Id of the Gather whose processes run the node; -1 for the leader alone. */
  readonly gather: number;
  /** Upper bound of the processes that ran the node, or that are planned; at least 1. */
  readonly count: number;
  /** Runs of that Gather, which may be in a SubPlan or on an inner side; 1 for the leader alone. */
  readonly rounds: number;
}

const LEADER: Processes = { gather: -1, count: 1, rounds: 1 };

/** The leader also runs the plan beneath a Gather, unless EXPLAIN (SETTINGS) shows otherwise. */
export function leaderTakesPart(settings: Plan['settings']): boolean {
  return settings.parallel_leader_participation !== 'off';
}

/**
 * By node id. The leader alone computes CTEs and the Gather's own InitPlans and SubPlans. Every other node beneath a
 * Gather ran in no more processes than
 * - the Gather launched,
 * - its parent ran in: one process ran a whole branch of a Parallel Append if its root ran once,
 * - it has loops for each run of the Gather,
 * - VERBOSE lists.
 * @param parents By node id; -1 for the root. Each parent has a lower id than its children.
 */
export function processesOf(
  nodes: readonly Node[],
  parents: readonly number[],
  leads: boolean,
): readonly Processes[] {
  const listing = gathersThatList(nodes, parents);
  const split = splitNodes(nodes, parents);
  const found: Processes[] = [];
  for (const [id, node] of nodes.entries()) {
    const above = parents[id] ?? -1;
    const parent = nodes[above];
    const inherited =
      parent === undefined ? LEADER : startsBelow(parent, node) ? below(above, parent) : found[above];
    if (inherited === undefined || inherited.gather < 0 || node.apart || cteName(node) !== undefined) {
      found.push(LEADER);
      continue;
    }
    const most =
      numberOf(node.raw, 'Actual Loops') === undefined
        ? plannedFor(node, parent, split[id] === true)
        : executedBy(node, inherited.rounds, listing.has(inherited.gather));
    found.push({ ...inherited, count: Math.max(1, Math.min(inherited.count, most)) });
  }
  return found;

  function below(id: number, gather: Node): Processes {
    const runs = numberOf(gather.raw, 'Actual Loops') ?? 1;
    return { gather: id, count: underGather(gather, leads), rounds: Math.max(1, runs) };
  }
}

function startsBelow(parent: Node, node: Node): boolean {
  return isGather(parent) && !isSubPlan(node) && isPartOfParent(node);
}

/** @param listed VERBOSE listed the workers of this Gather. */
function executedBy({ raw }: Node, rounds: number, listed: boolean): number {
  const loops = numberOf(raw, 'Actual Loops') ?? 0;
  const workers = listedWorkers(raw);
  // The leader is not listed. It ran the loops that the workers did not.
  if (workers.length > 0) return workers.length + (loops > sum(workers.map(worker => worker.loops)) ? 1 : 0);
  return listed ? 1 : Math.ceil(loops / rounds);
}

/** Without ANALYZE: the leader runs InitPlans, and one process takes a branch that it cannot share. */
function plannedFor(node: Node, parent: Node | undefined, isSplit: boolean): number {
  const branch = parent?.nodeType === 'Append' && parent.raw['Parallel Aware'] === true;
  return isInitPlan(node) || (branch && !isSplit) ? 1 : Number.POSITIVE_INFINITY;
}

/** By node id: the subtree, up to the next Gather, contains a parallel-aware node that splits the work. */
export function splitNodes(nodes: readonly Node[], parents: readonly number[]): readonly boolean[] {
  const split = nodes.map(({ raw }) => raw['Parallel Aware'] === true);
  for (let id = nodes.length - 1; id > 0; id--) {
    const parent = nodes[parents[id] ?? -1];
    const node = nodes[id];
    if (!split[id] || parent === undefined || node === undefined) continue;
    if (!isGather(parent) && !node.apart && cteName(node) === undefined) split[parents[id] ?? -1] = true;
  }
  return split;
}

interface ListedWorker {
  readonly loops: number;
  /** undefined with TIMING OFF. */
  readonly ms: number | undefined;
}

/** The workers that VERBOSE lists, if they ran the node. */
export function listedWorkers(raw: Json): readonly ListedWorker[] {
  return recordsOf(raw, 'Workers').flatMap(worker => {
    const loops = numberOf(worker, 'Actual Loops') ?? 0;
    const perLoop = numberOf(worker, 'Actual Total Time');
    return loops > 0 ? [{ loops, ms: perLoop === undefined ? undefined : perLoop * loops }] : [];
  });
}

/** Gathers with listed workers beneath: a node there without any ran in the leader. */
function gathersThatList(nodes: readonly Node[], parents: readonly number[]): ReadonlySet<number> {
  const listing = new Set<number>();
  const gathers: number[] = [];
  for (const [id, { raw }] of nodes.entries()) {
    const above = parents[id] ?? -1;
    const parent = nodes[above];
    gathers.push(parent !== undefined && isGather(parent) ? above : (gathers[above] ?? -1));
    if (listedWorkers(raw).length > 0) listing.add(gathers[id] ?? -1);
  }
  return listing;
}

function underGather({ raw }: Node, leads: boolean): number {
  const workers = numberOf(raw, 'Workers Launched') ?? numberOf(raw, 'Workers Planned') ?? 0;
  // Single Copy (debug_parallel_query): one worker runs everything; the leader only passes rows on.
  return leads && raw['Single Copy'] !== true ? workers + 1 : workers;
}

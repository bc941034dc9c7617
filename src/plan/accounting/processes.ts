/** Which processes ran a node: the leader alone, or the leader and the workers of the Gather above it. */
import { type Json, numberOf, recordsOf } from '../../base/json.ts';
import type { Plan } from '../plan.ts';
import { cteName, isGather, isInitPlan, isPartOfParent, isSubPlan } from './readers.ts';

/** What a node of the skeleton and of the finished plan have in common. */
interface Node {
  readonly nodeType: string;
  readonly raw: Json;
  readonly apart: boolean;
}

export interface Processes {
  /** Id of the Gather whose processes run it; -1 for what the leader runs alone. */
  readonly gather: number;
  /** How many processes ran it, at most; of a plan that was not run: how many are planned. At least 1. */
  readonly count: number;
  /** How often that Gather ran (in a SubPlan or on an inner side); 1 where the leader runs it alone. */
  readonly rounds: number;
}

const LEADER: Processes = { gather: -1, count: 1, rounds: 1 };

/** The leader runs the plan beneath a Gather, too, unless EXPLAIN (SETTINGS) shows that it does not. */
export function leaderTakesPart(settings: Plan['settings']): boolean {
  return settings.parallel_leader_participation !== 'off';
}

/**
 * By node id. A CTE is computed by the leader alone, as are the InitPlans and SubPlans of the Gather itself. Every other
 * node beneath a Gather ran in no more processes than
 * - the Gather launched,
 * - its parent ran in: one process ran all of a branch of a Parallel Append whose root it ran once,
 * - it has loops for each run of the Gather,
 * - VERBOSE lists.
 * @param parents By node id; -1 for the root, and a lower id than the child's.
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
  // The leader is not listed: its are the loops that the workers do not have.
  if (workers.length > 0) return workers.length + (loops > sum(workers, worker => worker.loops) ? 1 : 0);
  return listed ? 1 : Math.ceil(loops / rounds);
}

/** Before the run: an InitPlan is the leader's, and one process takes a branch that has nothing to share. */
function plannedFor(node: Node, parent: Node | undefined, isSplit: boolean): number {
  const branch = parent?.nodeType === 'Append' && parent.raw['Parallel Aware'] === true;
  return isInitPlan(node) || (branch && !isSplit) ? 1 : Number.POSITIVE_INFINITY;
}

/** By node id: something at or beneath it shares its work between the processes of one Gather. */
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

/** The workers that VERBOSE lists: those that ran the node. */
export function listedWorkers(raw: Json): readonly ListedWorker[] {
  return recordsOf(raw, 'Workers').flatMap(worker => {
    const loops = numberOf(worker, 'Actual Loops') ?? 0;
    const perLoop = numberOf(worker, 'Actual Total Time');
    return loops > 0 ? [{ loops, ms: perLoop === undefined ? undefined : perLoop * loops }] : [];
  });
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

/** Gathers beneath which VERBOSE listed a worker: a node there without one ran in the leader. */
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
  // Single Copy (debug_parallel_query): one worker runs it all and the leader only passes it on.
  return leads && raw['Single Copy'] !== true ? workers + 1 : workers;
}

/** Which node an InitPlan ran in: the first that asked for its result, not the one EXPLAIN hangs it under. */
import { subtreeSizes } from './flatten.ts';
import { mentionsOf, resultNames } from './init-plan-mentions.ts';
import type { Skeleton } from './skeleton.ts';
import { isGather, isInitPlan, isPartOfParent } from './subplans.ts';

/** How much a node holds of what is being charged, its ms or its blocks, children included. */
export type Weight = (id: number) => number;

/** Averages per loop are rounded, so a node may look a little shorter than what ran in it. */
const ROUNDING = 0.99;

/** Node id of the InitPlan's root → id of the node that it is charged to. */
export function initPlanReaders(nodes: Skeleton, weight: Weight): ReadonlyMap<number, number> {
  const readers = new Map<number, number>();
  const roots = nodes.filter(isInitPlan);
  if (roots.length === 0) return readers;
  const mentions = mentionsOf(nodes);
  const sizes = subtreeSizes(nodes.map(({ parent }) => parent));
  const size = (id: number) => sizes[id] ?? 1;
  // Position when children come before their parent: about the order in which nodes ask.
  const order = (id: number) => id + size(id) - (nodes[id]?.depth ?? 0);
  const rooms = roomsOf(nodes, weight);
  for (const root of roots) {
    const needed = weight(root.id) * ROUNDING;
    const asking = resultNames(root)
      .flatMap(name => mentions.get(name) ?? [])
      .filter(id => (id < root.id || id >= root.id + size(root.id)) && nodes[id]?.scope === root.scope)
      .sort((a, b) => order(a) - order(b));
    const asks = asking.find(id => weight(id) >= needed) ?? asking[0];
    const reader =
      // A Gather hands the value to its workers, so it asks before they do; from 17 on it does not say so.
      asking.find(id => nodes[id] !== undefined && isGather(nodes[id])) ??
      (asks === undefined
        ? rooms.find(root.parent, needed)
        : (gatherBetween(nodes, asks, root.parent) ?? asks));
    rooms.take(reader, weight(root.id));
    readers.set(root.id, reader);
  }
  return readers;
}

/** The topmost Gather above a node, the one that the InitPlan hangs under included: workers get the value from it. */
function gatherBetween(nodes: Skeleton, id: number, owner: number): number | undefined {
  let topmost: number | undefined;
  for (
    let node = nodes[nodes[id]?.parent ?? -1];
    node !== undefined && node.id >= owner;
    node = nodes[node.parent]
  )
    if (isGather(node)) topmost = node.id;
  return topmost;
}

/**
 * For an InitPlan that no node names (without VERBOSE, EXPLAIN hides the columns a node computes): it ran in the node
 * it hangs under or somewhere below, wherever there is room for it.
 */
function roomsOf(nodes: Skeleton, weight: Weight) {
  const room = nodes.map(node => weight(node.id));
  const heaviest: (number | undefined)[] = nodes.map(() => undefined);
  for (const node of nodes) {
    if (node.parent < 0 || !isPartOfParent(node)) continue;
    room[node.parent] = (room[node.parent] ?? 0) - weight(node.id);
    const rival = heaviest[node.parent];
    if (rival === undefined || weight(node.id) > weight(rival)) heaviest[node.parent] = node.id;
  }
  return {
    take: (id: number, amount: number) => {
      room[id] = (room[id] ?? 0) - amount;
    },
    find: (start: number, needed: number): number => {
      for (let id = start; ; ) {
        const below = heaviest[id];
        if ((room[id] ?? 0) >= needed || below === undefined || weight(below) < needed) return id;
        id = below;
      }
    },
  };
}

/** The nodes that pay for a node: its parent, or the readers of a CTE or an InitPlan. */
import { oneLine, textOf } from '../../base/json.ts';
import type { RawNode, Skeleton } from '../fingerprint.ts';
import { subtreeSizes } from '../tree.ts';
import { cteScans } from './costs.ts';

/** For each node id those who pay; several only for a CTE, none for the root, for a CTE that no node reads and for what stands apart. */
export type Readers = readonly (readonly number[])[];

export function readersOf(nodes: Skeleton, weight: Weight): Readers {
  const scans = cteScans(nodes);
  const initPlans = initPlanReaders(nodes, weight);
  return nodes.map(node => {
    if (node.parent < 0 || node.apart) return [];
    if (isPartOfParent(node)) return [node.parent];
    const reader = initPlans.get(node.id);
    return reader === undefined ? (scans.get(node.id) ?? []) : [reader];
  });
}

/** Each payer's fraction, in proportion to what it holds; the fractions add up to 1. */
export function fractions(payers: readonly number[], weight: Weight): readonly number[] {
  if (payers.length === 1) return [1];
  const all = payers.reduce((sum, id) => sum + weight(id), 0);
  return payers.map(id => (all > 0 ? weight(id) / all : 1 / payers.length));
}

/** Which node an InitPlan ran in: the first that asked for its result, not the one EXPLAIN hangs it under. */

/** How much a node holds of what is being charged, its ms or its blocks, children included. */
export type Weight = (id: number) => number;

/** Averages per loop are rounded, so a node may look a little shorter than what ran in it. */
const ROUNDING = 0.99;

/** Node id of the InitPlan's root → id of the node that it is charged to. */
function initPlanReaders(nodes: Skeleton, weight: Weight): ReadonlyMap<number, number> {
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

/** Where the result of an InitPlan is named in what the server says of a node. */

/** PostgreSQL writes `$0` up to 16 and `(InitPlan 1).col1` from 17; text in quotes is the query's own. */
const MENTION = /'(?:[^']|'')*'|(?<![\w"])\$\d+|\bInitPlan \d+/g;

/** What others call its results: `$0` and `$1`, `InitPlan 1`. Whole names: `InitPlan 10` is not `InitPlan 1`. */
function resultNames(initPlan: RawNode): readonly string[] {
  return (textOf(initPlan.raw, 'Subplan Name') ?? '').match(/\$\d+|^InitPlan \d+/g) ?? [];
}

/** Result name → ids of the nodes whose own text has it, in plan order. */
function mentionsOf(nodes: Skeleton): ReadonlyMap<string, readonly number[]> {
  const mentions = new Map<string, number[]>();
  for (const node of nodes) {
    for (const [key, value] of Object.entries(node.raw)) {
      if (key === 'Plans' || key === 'Subplan Name' || key === 'Workers') continue;
      if (typeof value !== 'string' && !Array.isArray(value)) continue;
      for (const name of oneLine(value).match(MENTION) ?? []) {
        if (name.startsWith("'")) continue;
        const ids = mentions.get(name);
        if (ids === undefined) mentions.set(name, [node.id]);
        else if (ids.at(-1) !== node.id) ids.push(node.id);
      }
    }
  }
  return mentions;
}

/** What hangs under a node without being part of it: CTEs and InitPlans are charged to their readers. */

/** The name in `CTE x`; undefined for anything else. */
export function cteName(node: Pick<RawNode, 'raw'>): string | undefined {
  const name = textOf(node.raw, 'Subplan Name');
  return name?.startsWith('CTE ') ? name.slice('CTE '.length) : undefined;
}

export function isInitPlan(node: Pick<RawNode, 'raw'>): boolean {
  if (cteName(node) !== undefined) return false;
  if (textOf(node.raw, 'Parent Relationship') === 'InitPlan') return true;
  return /^InitPlan\b/.test(textOf(node.raw, 'Subplan Name') ?? '');
}

export function isSubPlan(node: Pick<RawNode, 'raw'>): boolean {
  return textOf(node.raw, 'Parent Relationship') === 'SubPlan';
}

/** False for a CTE, an InitPlan and a plan that its parent did not run; a SubPlan is part of its node. */
export function isPartOfParent(node: Pick<RawNode, 'raw' | 'apart'>): boolean {
  return !node.apart && cteName(node) === undefined && !isInitPlan(node);
}

export function isGather({ nodeType }: Pick<RawNode, 'nodeType'>): boolean {
  return nodeType === 'Gather' || nodeType === 'Gather Merge';
}

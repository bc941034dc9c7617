/** The nodes that pay for a node: its parent, or the readers of a CTE or InitPlan. */
import { oneLine, textOf } from '../../base/json.ts';
import { append } from '../../base/lists.ts';
import { sum } from '../../base/statistics.ts';
import type { PlanNode } from '../plan.ts';
import type { RawNode, Skeleton } from '../skeleton.ts';
import { subtreeSizes } from '../tree.ts';

/** By node id. Several for a CTE; none for the root, for a CTE without readers and for what is `apart`. */
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

/** Each payer's fraction, in proportion to its weight; they add up to 1. */
export function fractions(payers: readonly number[], weight: Weight): readonly number[] {
  if (payers.length === 1) return [1];
  const all = sum(payers.map(weight));
  return payers.map(id => (all > 0 ? weight(id) / all : 1 / payers.length));
}

// An InitPlan runs in the first node that needs its result, not in the node that EXPLAIN prints it under.

/** Inclusive amount of a node (ms or blocks). */
type Weight = (id: number) => number;

/** Rounded averages may make a node a little shorter than what ran in it. */
const ROUNDING = 0.99;

/** Root of the InitPlan → node that pays for it; node ids. */
function initPlanReaders(nodes: Skeleton, weight: Weight): ReadonlyMap<number, number> {
  const readers = new Map<number, number>();
  const roots = nodes.filter(isInitPlan);
  if (roots.length === 0) return readers;
  const mentions = mentionsOf(nodes);
  const sizes = subtreeSizes(nodes.map(({ parent }) => parent));
  const size = (id: number) => sizes[id] ?? 1;
  // Post-order position: about the order in which nodes need the result.
  const order = (id: number) => id + size(id) - (nodes[id]?.depth ?? 0);
  const rooms = roomsOf(nodes, weight);
  for (const root of roots) {
    const needed = weight(root.id) * ROUNDING;
    const users = resultNames(root)
      .flatMap(name => mentions.get(name) ?? [])
      .filter(id => (id < root.id || id >= root.id + size(root.id)) && nodes[id]?.scope === root.scope)
      .sort((a, b) => order(a) - order(b));
    const firstUser = users.find(id => weight(id) >= needed) ?? users[0];
    const reader =
      // A Gather passes the value to its workers, so it needs it first; from 17 on EXPLAIN does not show that.
      users.find(id => nodes[id] !== undefined && isGather(nodes[id])) ??
      (firstUser === undefined
        ? rooms.find(root.parent, needed)
        : (gatherBetween(nodes, firstUser, root.parent) ?? firstUser));
    rooms.take(reader, weight(root.id));
    readers.set(root.id, reader);
  }
  return readers;
}

/** The topmost Gather above a node, up to and including the InitPlan's owner: it passes the value to its workers. */
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
 * For an InitPlan that no node names (without VERBOSE, EXPLAIN hides computed columns): it ran in its owner or below,
 * in a node whose own time is large enough.
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

/** `$0` up to 16, `(InitPlan 1).col1` from 17. Literals are matched first, to skip them. */
const MENTION = /'(?:[^']|'')*'|(?<![\w"])\$\d+|\bInitPlan \d+/g;

/** The names of an InitPlan's results: `$0`, `$1`, `InitPlan 1`. Names are whole: `InitPlan 10` is another one. */
function resultNames(initPlan: RawNode): readonly string[] {
  return (textOf(initPlan.raw, 'Subplan Name') ?? '').match(/\$\d+|^InitPlan \d+/g) ?? [];
}

/** Result name → nodes that mention it, in plan order. */
function mentionsOf(nodes: Skeleton): ReadonlyMap<string, readonly number[]> {
  const mentions = new Map<string, number[]>();
  for (const node of nodes) {
    for (const [key, value] of Object.entries(node.raw)) {
      if (key === 'Plans' || key === 'Subplan Name' || key === 'Workers') continue;
      if (typeof value !== 'string' && !Array.isArray(value)) continue;
      for (const name of oneLine(value).match(MENTION) ?? []) {
        if (name.startsWith("'")) continue;
        if (mentions.get(name)?.at(-1) !== node.id) append(mentions, name, node.id);
      }
    }
  }
  return mentions;
}

// CTEs and InitPlans hang under a node, but their readers pay for them.

/** `x` of `CTE x`; undefined for other nodes. */
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

/** False for CTEs, InitPlans and nodes that are `apart`. A SubPlan is part of its node. */
export function isPartOfParent(node: Pick<RawNode, 'raw' | 'apart'>): boolean {
  return !node.apart && cteName(node) === undefined && !isInitPlan(node);
}

export function isGather({ nodeType }: Pick<RawNode, 'nodeType'>): boolean {
  return nodeType === 'Gather' || nodeType === 'Gather Merge';
}

// Which CTE each CTE Scan reads. Inner queries may reuse a name; the nearest definition above counts.

type Node = Pick<RawNode, 'id' | 'parent' | 'nodeType' | 'raw' | 'scope'> & {
  readonly children: readonly number[];
};

/** Root of a CTE → CTE Scans that read it, in plan order; node ids. */
export type CteScans = ReadonlyMap<number, readonly number[]>;

export function cteScansOfPlan(nodes: readonly PlanNode[], parents: readonly number[]): CteScans {
  if (!nodes.some(({ nodeType }) => nodeType === 'CTE Scan')) return new Map();
  return cteScans(
    nodes.map(({ id, nodeType, raw, scope, children }) => ({
      id,
      parent: parents[id] ?? -1,
      nodeType,
      raw,
      scope,
      children: children.map(child => child.id),
    })),
  );
}

/**
 * Parents before children, and the readers of a CTE before the CTE, which depends on them although it hangs above.
 * Reversed: each node before its readers.
 */
export function readersFirst(nodes: readonly PlanNode[]): readonly PlanNode[] {
  const order: PlanNode[] = [];
  const waiting = nodes.slice(0, 1);
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    order.push(node);
    const isCte = (child: PlanNode) => cteName(child) !== undefined;
    // A stack: a CTE comes after its siblings, and before CTEs that precede it, which it may read.
    for (const child of node.children) if (isCte(child)) waiting.push(child);
    for (const child of node.children.toReversed()) if (!isCte(child)) waiting.push(child);
  }
  return order;
}

function cteScans(nodes: readonly Node[]): CteScans {
  const scans = new Map<number, number[]>();
  const visible = new Map<string, number[]>();
  const open: number[] = [];
  const close = (id: number) => {
    for (const [name] of definitionsUnder(nodes, id)) visible.get(name)?.pop();
  };
  for (const node of nodes) {
    while (open.length > 0 && open[open.length - 1] !== node.parent) close(open.pop() ?? -1);
    open.push(node.id);
    for (const [name, root] of definitionsUnder(nodes, node.id)) append(visible, name, root);
    if (node.nodeType !== 'CTE Scan') continue;
    // A CTE that names itself reads an outer CTE of that name.
    const root = visible
      .get(textOf(node.raw, 'CTE Name') ?? '')
      ?.findLast(id => !open.includes(id) && nodes[id]?.scope === node.scope);
    if (root !== undefined) append(scans, root, node.id);
  }
  return scans;
}

/** Name and root of each CTE that is a child of the node. */
function definitionsUnder(nodes: readonly Node[], id: number): (readonly [string, number])[] {
  return (nodes[id]?.children ?? []).flatMap(child => {
    const node = nodes[child];
    const name = node && cteName(node);
    return name === undefined ? [] : [[name, child] as const];
  });
}

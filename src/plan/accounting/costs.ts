/** Where the planner thinks the cost goes. Costs are the planner's unit, not ms. */
import { textOf } from '../../base/json.ts';
import type { RawNode } from '../fingerprint.ts';
import type { PlanNode } from '../plan.ts';
import { parentIds } from '../tree.ts';
import { exclusiveAmounts } from './exclusive.ts';
import { cteName } from './readers.ts';

/**
 * Cost of each node without its children, by node id; they add up to the root's total cost. A child's total cost is
 * that of one loop: the inner side of a Nested Loop runs once per outer row, a SubPlan once per row. InitPlans and
 * CTEs are in the total of the node they hang under. What a LIMIT cuts short counts only as far as it goes.
 * @param nodes The plan depth-first (flatten.ts).
 */
export function exclusiveCosts(nodes: readonly PlanNode[]): readonly number[] {
  const parents = parentIds(nodes);
  const inclusive = nodes.map(node => {
    const parent = nodes[parents[node.id] ?? -1];
    return node.totalCost * (parent === undefined ? 1 : expectedLoops(node, parent));
  });
  // Per loop of the parent: a child of something that loops is already scaled with it.
  return exclusiveAmounts(
    scaledDown(inclusive, nodes, parents),
    nodes.map(({ id, apart }) => (apart ? [] : [parents[id] ?? -1].filter(parent => parent >= 0))),
  );
}

/** How often the planner expects the node to run for one run of its parent. */
export function expectedLoops(node: PlanNode, parent: PlanNode): number {
  if (parent.nodeType === 'Nested Loop' && node.parentRelationship === 'Inner') {
    const outer = parent.children.find(child => child.parentRelationship === 'Outer');
    return Math.max(1, outer?.planRows ?? 1);
  }
  if (node.parentRelationship === 'SubPlan' && !isHashed(node, parent)) return Math.max(1, parent.planRows);
  return 1;
}

/**
 * A hashed SubPlan is run once, whole, and remembered: `(hashed SubPlan 1)`; up to 13 also `(alternatives: SubPlan 1 or
 * hashed SubPlan 2)`. Whole names: `SubPlan 11` is not `SubPlan 1`.
 */
export function isHashed({ subplanName }: PlanNode, parent: PlanNode): boolean {
  return subplanName !== undefined && hashedIn(parent).has(subplanName);
}

/** By node: it can have thousands of SubPlans, and each is looked for in conditions that name all of them. */
const hashed = new WeakMap<PlanNode, ReadonlySet<string>>();

function hashedIn(node: PlanNode): ReadonlySet<string> {
  const known = hashed.get(node);
  if (known !== undefined) return known;
  const mentions = node.details.flatMap(({ value }) => [...value.matchAll(/hashed (.+?)(?:\)| or )/g)]);
  const names = new Set(mentions.map(([, name = '']) => name));
  hashed.set(node, names);
  return names;
}

/** Cost over the whole query of each node: what it costs its parent, times how often that runs. */
function scaledDown(
  perParentLoop: readonly number[],
  nodes: readonly PlanNode[],
  parents: readonly number[],
): readonly number[] {
  const whole: number[] = [];
  for (const node of nodes) {
    const parent = node.apart ? undefined : nodes[parents[node.id] ?? -1];
    const parentWhole = parent === undefined ? 0 : (whole[parent.id] ?? 0);
    const ratio = parent === undefined || parent.totalCost === 0 ? 1 : parentWhole / parent.totalCost;
    whole.push((perParentLoop[node.id] ?? 0) * ratio);
  }
  return whole;
}

/** Which CTE each CTE Scan reads. Names may repeat in inner queries: the nearest definition above counts. */

type Node = Pick<RawNode, 'id' | 'parent' | 'nodeType' | 'raw' | 'scope'> & {
  readonly children: readonly number[];
};

/** Node id of the CTE's root → ids of the CTE Scans that read it, in plan order. */
export type CteScans = ReadonlyMap<number, readonly number[]>;

/** Of a finished plan. @param nodes Depth-first (flatten.ts). */
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
 * Parents before their children, and the readers of a CTE before it: a CTE hangs above its readers, but what it gives
 * depends on them. Backwards: a node before its readers.
 */
export function readersFirst(nodes: readonly PlanNode[]): readonly PlanNode[] {
  const order: PlanNode[] = [];
  const waiting = nodes.slice(0, 1);
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    order.push(node);
    const isCte = (child: PlanNode) => cteName(child) !== undefined;
    // The last one in is the first one out: a CTE may be read by those after it.
    for (const child of node.children) if (isCte(child)) waiting.push(child);
    for (const child of node.children.toReversed()) if (!isCte(child)) waiting.push(child);
  }
  return order;
}

export function cteScans(nodes: readonly Node[]): CteScans {
  const scans = new Map<number, number[]>();
  const visible = new Map<string, number[]>();
  const open: number[] = [];
  const close = (id: number) => {
    for (const [name] of definitionsUnder(nodes, id)) visible.get(name)?.pop();
  };
  for (const node of nodes) {
    while (open.length > 0 && open[open.length - 1] !== node.parent) close(open.pop() ?? -1);
    open.push(node.id);
    for (const [name, root] of definitionsUnder(nodes, node.id)) {
      const stack = visible.get(name);
      if (stack === undefined) visible.set(name, [root]);
      else stack.push(root);
    }
    if (node.nodeType !== 'CTE Scan') continue;
    // A CTE that reads its own name reads an outer one of that name.
    const root = visible
      .get(textOf(node.raw, 'CTE Name') ?? '')
      ?.findLast(id => !open.includes(id) && nodes[id]?.scope === node.scope);
    if (root === undefined) continue;
    const readers = scans.get(root);
    if (readers === undefined) scans.set(root, [node.id]);
    else readers.push(node.id);
  }
  return scans;
}

/** Name and root of each CTE that hangs under the node. */
function definitionsUnder(nodes: readonly Node[], id: number): (readonly [string, number])[] {
  return (nodes[id]?.children ?? []).flatMap(child => {
    const node = nodes[child];
    const name = node && cteName(node);
    return name === undefined ? [] : [[name, child] as const];
  });
}

/** Which CTE each CTE Scan reads. Names may repeat in inner queries: the nearest definition above counts. */
import { textOf } from './json.ts';
import type { RawNode } from './skeleton.ts';
import { cteName } from './subplans.ts';
import type { PlanNode } from './types.ts';

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
 * depends on them. Backwards: what is read before who reads it.
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

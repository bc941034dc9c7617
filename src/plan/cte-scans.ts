/** Which CTE each CTE Scan reads. Names may repeat in inner queries: the nearest definition above counts. */
import { textOf } from './json.ts';
import type { Skeleton } from './skeleton.ts';
import { cteName } from './subplans.ts';

/** Node id of the CTE's root → ids of the CTE Scans that read it, in plan order. */
export function cteScans(nodes: Skeleton): ReadonlyMap<number, readonly number[]> {
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
function definitionsUnder(nodes: Skeleton, id: number): (readonly [string, number])[] {
  return (nodes[id]?.children ?? []).flatMap(child => {
    const node = nodes[child];
    const name = node && cteName(node);
    return name === undefined ? [] : [[name, child] as const];
  });
}

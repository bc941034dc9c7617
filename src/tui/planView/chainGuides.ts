/** Strokes for narrow trees: an only child stands right below its parent, so only joins and appends indent. */
import type { Plan, PlanNode } from '../../plan/plan.ts';

/** No terminal is wider. */
const WIDEST_GUIDE = 400;

/**
 * By node id, two cells a level:
 *
 *     Limit
 *     Sort
 *     Hash Join
 *     ├ Seq Scan on orders
 *     └ Hash
 *       Seq Scan on customers
 */
export function chainGuides(plan: Plan): readonly string[] {
  const guides: string[] = [];
  const waiting: { node: PlanNode; guide: string; below: string }[] = [
    { node: plan.root, guide: '', below: '' },
  ];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, guide, below } = next;
    guides[node.id] = guide;
    const { children } = node;
    for (const [index, child] of children.entries()) {
      if (children.length === 1) {
        waiting.push({ node: child, guide: below, below });
        continue;
      }
      const last = index === children.length - 1;
      waiting.push({
        node: child,
        guide: `${below}${last ? '└ ' : '├ '}`,
        below: below.length < WIDEST_GUIDE ? `${below}${last ? '  ' : '│ '}` : below,
      });
    }
  }
  return guides;
}

/** Second step: the same table read another way. By table and alias, then by table, then by alias (a view in its place). */
import type { Side } from './diff-side.ts';
import { scanKey } from './families.ts';
import type { Matching } from './matching.ts';
import type { PlanNode } from './types.ts';

/** The alias that the query gives it, which a rewrite keeps for the view it reads instead; not one of a partition (`o_1`). */
function givenAlias(node: PlanNode): string | undefined {
  const { alias, relation } = node;
  return scanKey(node) === undefined || alias === relation || /_\d+$/.test(alias ?? '') ? undefined : alias;
}

/** Linear: nodes with the same key are paired in plan order. */
export function alignScans(before: Side, after: Side, matching: Matching): void {
  const keys: readonly ((node: PlanNode) => string | undefined)[] = [
    scanKey,
    node => node.relation,
    givenAlias,
    // A bitmap's scans name their index only.
    node => (node.nodeType === 'Bitmap Index Scan' ? node.index : undefined),
  ];
  for (const key of keys) {
    const waiting = new Map<string, number[]>();
    for (const node of after.nodes.toReversed()) {
      const name = key(node);
      if (name === undefined || matching.partnerOfAfter(node.id) !== undefined) continue;
      const same = waiting.get(name);
      if (same === undefined) waiting.set(name, [node.id]);
      else same.push(node.id);
    }
    for (const node of before.nodes) {
      const name = key(node);
      if (name === undefined || matching.partnerOfBefore(node.id) !== undefined) continue;
      const partner = waiting.get(name)?.pop();
      if (partner !== undefined) matching.pair(node.id, partner);
    }
  }
}

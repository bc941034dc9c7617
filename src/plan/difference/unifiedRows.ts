/** One list of rows for two trees, with paired nodes in one row, as vimdiff aligns two texts. */
import { lowerBound } from '../../base/lists.ts';
import type { PlanDiff } from './diff.ts';

/** Node ids. Both if the nodes are paired and keep their order. */
export interface UnifiedRow {
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/** Every node is in exactly one row, in plan order. A pair whose order changed gets a row on each side. */
export function unifiedRows(diff: PlanDiff): readonly UnifiedRow[] {
  const rows: UnifiedRow[] = [];
  let before = 0;
  let after = 0;
  for (const pair of [...inOrder(diff), { before: diff.before.length, after: diff.after.length }]) {
    while (before < pair.before) rows.push({ before: before++, after: undefined });
    while (after < pair.after) rows.push({ before: undefined, after: after++ });
    if (before < diff.before.length) rows.push({ before: before++, after: after++ });
  }
  return rows;
}

/** The most pairs in the same order on both sides: the longest increasing subsequence, O(n log n). */
function inOrder({ before }: PlanDiff): readonly { readonly before: number; readonly after: number }[] {
  const pairs = before.flatMap(({ partner }, id) =>
    partner === undefined ? [] : [{ before: id, after: partner }],
  );
  /** By length − 1: the best sequence of that length ends with this pair, and at this node of the plan after. */
  const ends: number[] = [];
  const lastNodes: number[] = [];
  const previous: number[] = [];
  for (const [index, { after }] of pairs.entries()) {
    const length = lowerBound(lastNodes, after);
    previous[index] = ends[length - 1] ?? -1;
    ends[length] = index;
    lastNodes[length] = after;
  }
  const found: { before: number; after: number }[] = [];
  for (let index = ends.at(-1) ?? -1; index >= 0; index = previous[index] ?? -1) {
    const pair = pairs[index];
    if (pair !== undefined) found.push(pair);
  }
  return found.reverse();
}

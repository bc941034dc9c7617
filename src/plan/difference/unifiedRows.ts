/** Two trees laid beside each other line by line, each step beside its like: what vimdiff does with two texts. */
import type { PlanDiff } from './diff.ts';

/** One line: the node before, the node after, or both where they are the same step in the same place. */
export interface UnifiedRow {
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/**
 * Every node of both plans is in one row exactly, and both are in plan order. A step that is found again in another
 * place (its order among the aligned steps differs) has a row of its own on either side.
 */
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

/** The most pairs that stand in the same order on both sides: the longest increasing subsequence, O(n log n). */
function inOrder({ before }: PlanDiff): readonly { readonly before: number; readonly after: number }[] {
  const pairs = before.flatMap(({ partner }, id) =>
    partner === undefined ? [] : [{ before: id, after: partner }],
  );
  /** Of the best sequence of each length: the pair it ends with, as an index. */
  const ends: number[] = [];
  const previous: number[] = [];
  for (const [index, pair] of pairs.entries()) {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pairs[ends[middle] ?? -1]?.after ?? -1) < pair.after) low = middle + 1;
      else high = middle;
    }
    previous[index] = low === 0 ? -1 : (ends[low - 1] ?? -1);
    ends[low] = index;
  }
  const found: { before: number; after: number }[] = [];
  for (let index = ends.at(-1) ?? -1; index >= 0; index = previous[index] ?? -1) {
    const pair = pairs[index];
    if (pair !== undefined) found.push(pair);
  }
  return found.reverse();
}

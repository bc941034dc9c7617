/** First step of aligning: whole subtrees that are in both plans, the largest first. Linear but for a sort. */
import type { Side } from './diff-side.ts';
import type { Matching } from './matching.ts';

export function alignEqualSubtrees(before: Side, after: Side, matching: Matching): void {
  const waiting = new Map<number, number[]>();
  for (const { id } of after.nodes) {
    const same = waiting.get(after.subtree[id] ?? -1);
    if (same === undefined) waiting.set(after.subtree[id] ?? -1, [id]);
    else same.push(id);
  }
  const largestFirst = before.nodes
    .map(({ id }) => id)
    .filter(id => waiting.has(before.subtree[id] ?? -1))
    .sort((a, b) => (before.sizes[b] ?? 0) - (before.sizes[a] ?? 0) || a - b);
  const firstFree = new Map<number, number>();
  for (const id of largestFirst) {
    if (matching.partnerOfBefore(id) !== undefined) continue;
    const kind = before.subtree[id] ?? -1;
    const candidates = waiting.get(kind) ?? [];
    const isTaken = (other: number | undefined) =>
      other !== undefined && matching.partnerOfAfter(other) !== undefined;
    let free = firstFree.get(kind) ?? 0;
    while (isTaken(candidates[free])) free++;
    firstFree.set(kind, free);
    const partner = candidates
      .slice(free, free + LOOK_AHEAD)
      .find(other => !isTaken(other) && parentOwn(before, id) === parentOwn(after, other));
    const chosen = partner ?? candidates[free];
    if (chosen === undefined) continue;
    for (let i = 0; i < (before.sizes[id] ?? 1); i++) matching.pair(id + i, chosen + i);
  }
}

/** Among equals the one under an equal parent is meant; how many are asked is bounded to stay linear. */
const LOOK_AHEAD = 8;

function parentOwn(side: Side, id: number): number | undefined {
  return side.own[side.parents[id] ?? -1];
}

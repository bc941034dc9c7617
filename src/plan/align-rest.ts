/** Last step: what stands in the same place between steps already aligned. O(n²) at worst. */
import type { Side } from './diff-side.ts';
import type { Matching } from './matching.ts';

export function alignRest(before: Side, after: Side, matching: Matching): void {
  pairWithin(before, -1, after, -1, matching);
  for (const { id } of before.nodes) {
    const partner = matching.partnerOfBefore(id);
    if (partner !== undefined) pairWithin(before, id, after, partner, matching);
  }
}

/** Pairs what is unmatched below two partners, without looking beyond other matched nodes. */
function pairWithin(before: Side, id: number, after: Side, other: number, matching: Matching): void {
  const here = region(before, id, node => matching.partnerOfBefore(node) !== undefined);
  if (here.length === 0) return;
  const there = region(after, other, node => matching.partnerOfAfter(node) !== undefined);
  const free = new Map<string, number[]>();
  for (const node of there) {
    const family = after.families[node] ?? '';
    const same = free.get(family);
    if (same === undefined) free.set(family, [node]);
    else same.push(node);
  }
  for (const node of here) {
    const candidates = free.get(before.families[node] ?? '') ?? [];
    const fitting = candidates.filter(candidate => mayBeOne(before, node, after, candidate));
    const partner = fitting.find(candidate => after.own[candidate] === before.own[node]) ?? fitting[0];
    if (partner === undefined) continue;
    candidates.splice(candidates.indexOf(partner), 1);
    matching.pair(node, partner);
  }
}

/**
 * Whether two steps in the same place can be one. Scans that stand for each other were paired before this, so what is left
 * reads unrelated relations, and what works on such a scan alone (a hash table, a sort beneath a join) is no more the
 * same. Steps at the top work on the whole answer, whatever it is read from.
 */
function mayBeOne(before: Side, node: number, after: Side, candidate: number): boolean {
  const family = before.families[node];
  if (family === 'scan' || family === 'bitmap') return false;
  return (before.top[node] && after.top[candidate]) || !before.reads[node] || !after.reads[candidate];
}

/** Unmatched nodes below, in plan order; -1 starts above the root. */
function region(side: Side, id: number, isMatched: (id: number) => boolean): readonly number[] {
  const found: number[] = [];
  const end = id < 0 ? side.nodes.length : id + (side.sizes[id] ?? 1);
  for (let node = id + 1; node < end; ) {
    if (isMatched(node)) node += side.sizes[node] ?? 1;
    else found.push(node++);
  }
  return found;
}

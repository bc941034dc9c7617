/** Last step: what stands in the same place between steps already aligned, a view where a table was. O(n²) at worst. */
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
  // The scan of most rows is the one that whatever stands there instead was made for.
  const rows = (node: number) => before.nodes[node]?.planRows ?? 0;
  const scans = here.filter(node => before.families[node] === 'scan').sort((a, b) => rows(b) - rows(a));
  const others = here.filter(node => before.families[node] !== 'scan');
  for (const node of [...scans, ...others]) {
    const candidates = free.get(before.families[node] ?? '') ?? [];
    const at = Math.max(
      0,
      candidates.findIndex(candidate => after.own[candidate] === before.own[node]),
    );
    const [partner] = candidates.splice(at, 1);
    if (partner !== undefined) matching.pair(node, partner);
  }
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

/** Third step: joins, sorts and aggregates are known by the scans beneath them. O(n × m) with small constants. */
import type { Side } from './diff-side.ts';
import type { Matching } from './matching.ts';

/** Less in common than this, and it is another step. */
const ENOUGH = 0.5;

interface Candidate {
  readonly before: number;
  readonly after: number;
  readonly score: number;
}

export function alignOperators(before: Side, after: Side, matching: Matching): void {
  const scansBefore = scansBelow(before);
  const scansAfter = scansBelow(after);
  const candidates: Candidate[] = [];
  for (const { id } of before.nodes) {
    if (matching.partnerOfBefore(id) !== undefined || before.families[id] === 'scan') continue;
    const partners = (scansBefore.list(id) ?? [])
      .flatMap(scan => matching.partnerOfBefore(scan) ?? [])
      .sort((a, b) => a - b);
    for (const { id: other } of after.nodes) {
      if (before.families[id] !== after.families[other] || matching.partnerOfAfter(other) !== undefined)
        continue;
      const common = countWithin(partners, other, other + (after.sizes[other] ?? 1));
      const all = scansBefore.count(id) + scansAfter.count(other);
      const dice = all === 0 ? 0 : (2 * common) / all;
      const equal = before.own[id] === after.own[other];
      if (dice < ENOUGH && !(equal && (common > 0 || all === 0))) continue;
      const sameType = before.nodes[id]?.nodeType === after.nodes[other]?.nodeType;
      candidates.push({
        before: id,
        after: other,
        score:
          dice + (equal ? 0.5 : 0) + (sameType ? 0.1 : 0) + (sameMode(before, id, after, other) ? 0.1 : 0),
      });
    }
  }
  candidates.sort((a, b) => b.score - a.score || a.before - b.before || a.after - b.after);
  for (const candidate of candidates) matching.pair(candidate.before, candidate.after);
}

/** A Finalize step is what the whole aggregate was; the Partial one is the addition. */
function sameMode(before: Side, id: number, after: Side, other: number): boolean {
  const isPartial = (side: Side, node: number) => side.nodes[node]?.raw['Partial Mode'] === 'Partial';
  return isPartial(before, id) === isPartial(after, other);
}

function scansBelow(side: Side) {
  const scans = side.nodes.flatMap(({ id }) => (side.families[id] === 'scan' ? [id] : []));
  const end = (id: number) => id + (side.sizes[id] ?? 1);
  return {
    list: (id: number) => scans.slice(lowerBound(scans, id), lowerBound(scans, end(id))),
    count: (id: number) => countWithin(scans, id, end(id)),
  };
}

function countWithin(sorted: readonly number[], from: number, to: number): number {
  return lowerBound(sorted, to) - lowerBound(sorted, from);
}

function lowerBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

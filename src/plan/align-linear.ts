/** For plans too big to compare step by step: equal steps, then steps of one family, in plan order. */
import type { Side } from './diff-side.ts';
import type { Matching } from './matching.ts';

export function alignInOrder(before: Side, after: Side, matching: Matching): void {
  const equal = (side: Side, id: number) => `${side.own[id]} ${side.own[side.parents[id] ?? -1]}`;
  const alike = (side: Side, id: number) => String(side.own[id]);
  // A bitmap's scans belong to their table.
  const family = (side: Side, id: number) =>
    side.families[id] === 'bitmap' ? alike(side, id) : `${side.families[id]} ${side.nodes[id]?.depth}`;
  for (const key of [equal, alike, family]) {
    const waiting = new Map<string, number[]>();
    for (let id = after.nodes.length - 1; id >= 0; id--) {
      if (matching.partnerOfAfter(id) !== undefined || after.families[id] === 'scan') continue;
      const same = waiting.get(key(after, id));
      if (same === undefined) waiting.set(key(after, id), [id]);
      else same.push(id);
    }
    for (const { id } of before.nodes) {
      if (matching.partnerOfBefore(id) !== undefined || before.families[id] === 'scan') continue;
      const partner = waiting.get(key(before, id))?.pop();
      if (partner !== undefined) matching.pair(id, partner);
    }
  }
}

/** Where the result of an InitPlan is named in what the server says of a node. */
import { oneLine, textOf } from './json.ts';
import type { RawNode, Skeleton } from './skeleton.ts';

/** PostgreSQL writes `$0` up to 16 and `(InitPlan 1).col1` from 17; text in quotes is the query's own. */
const MENTION = /'(?:[^']|'')*'|(?<![\w"])\$\d+|\bInitPlan \d+/g;

/** What others call its results: `$0` and `$1`, `InitPlan 1`. Whole names: `InitPlan 10` is not `InitPlan 1`. */
export function resultNames(initPlan: RawNode): readonly string[] {
  return (textOf(initPlan.raw, 'Subplan Name') ?? '').match(/\$\d+|^InitPlan \d+/g) ?? [];
}

/** Result name → ids of the nodes whose own text has it, in plan order. */
export function mentionsOf(nodes: Skeleton): ReadonlyMap<string, readonly number[]> {
  const mentions = new Map<string, number[]>();
  for (const node of nodes) {
    for (const [key, value] of Object.entries(node.raw)) {
      if (key === 'Plans' || key === 'Subplan Name' || key === 'Workers') continue;
      if (typeof value !== 'string' && !Array.isArray(value)) continue;
      for (const name of oneLine(value).match(MENTION) ?? []) {
        if (name.startsWith("'")) continue;
        const ids = mentions.get(name);
        if (ids === undefined) mentions.set(name, [node.id]);
        else if (ids.at(-1) !== node.id) ids.push(node.id);
      }
    }
  }
  return mentions;
}

/** GROUP BY's keys: one line, or a line per grouping set. */
import type { Draft, GroupingSet, NodeDraft } from './drafts.ts';
import { splitList } from './lists.ts';

/**
 * JSON has an object for each sort or hash table; what is hashed has a table a set, what is sorted serves several
 * sets. The text has a line per set, indented under the `Sort Key` if there is one.
 * @returns False for a line that is no grouping key.
 */
export function addGrouping(node: NodeDraft, key: string, value: string, column: number): boolean {
  if (node.heading.type !== 'Aggregate') return false;
  if (key !== 'Group Key' && key !== 'Hash Key' && key !== 'Sort Key') return false;
  // Its place among the properties; which of the two forms it takes is known at the end.
  node.properties['Grouping Sets'] = true;
  if (key === 'Sort Key') {
    node.sets.push({ hashed: false, sortColumn: column, sortKey: splitList(value), keys: [] });
    return true;
  }
  const keys = value === '()' ? [] : splitList(value);
  const hashed = key === 'Hash Key';
  const last = node.sets.at(-1);
  if (!hashed && last !== undefined && !last.hashed && belongs(last, column)) last.keys.push(keys);
  else node.sets.push({ hashed, sortColumn: undefined, sortKey: undefined, keys: [keys] });
  return true;
}

function belongs(set: GroupingSet, column: number): boolean {
  return set.sortColumn === undefined || column > set.sortColumn;
}

/** `Group Key`, or `Grouping Sets`. */
export function groupingOf(node: NodeDraft): Draft {
  const [only] = node.sets;
  const [keys] = only?.keys ?? [];
  if (node.sets.length === 1 && only?.keys.length === 1 && !only.hashed && only.sortKey === undefined) {
    if (keys !== undefined && keys.length > 0) return { 'Group Key': keys };
  }
  const sets = node.sets.map(set => ({
    ...(set.sortKey === undefined ? {} : { 'Sort Key': set.sortKey }),
    [set.hashed ? 'Hash Keys' : 'Group Keys']: set.keys,
  }));
  return { 'Grouping Sets': sets };
}

/**
 * In what order indexes are made, those of keys among them. The planner's list of a table's indexes is in the order of their
 * oids, and of two that cost the same one wins by its place in it: so they are made in the order that the document has
 * them in. What a partition has from its parent is made with the parent's.
 */
import type { LensIndex, LensTable } from '../document.ts';
import { keyOf, type Named } from '../named.ts';
import { inOrder } from '../read/needs.ts';

export interface OrderedIndex {
  readonly table: LensTable;
  readonly index: LensIndex;
}

/** @returns Those that no parent makes (one that is not valid makes nothing), in an order that keeps that of each table as far as all of them agree. */
export function indexesInOrder(tables: readonly LensTable[]): readonly OrderedIndex[] {
  const parents = new Map<string, Named>();
  const all: OrderedIndex[] = [];
  const valid = new Set(
    tables.flatMap(({ indexes }) => indexes.filter(({ valid }) => valid).map(index => keyOf(index))),
  );
  for (const table of tables)
    for (const index of table.indexes)
      if (index.parent === undefined || !valid.has(keyOf(index.parent))) all.push({ table, index });
      else parents.set(keyOf(index), index.parent);
  const rootOf = (index: Named): string => {
    let found = index;
    for (let up = parents.get(keyOf(found)); up !== undefined; up = parents.get(keyOf(found))) found = up;
    return keyOf(found);
  };
  const before = new Map<string, Set<string>>();
  for (const { indexes } of tables)
    for (const [position, index] of indexes.entries()) {
      const previous = indexes[position - 1];
      if (previous === undefined) continue;
      const [one, other] = [rootOf(previous), rootOf(index)];
      const needs = before.get(other) ?? new Set();
      if (one !== other) before.set(other, needs.add(one));
    }
  return inOrder(all, ({ index }) => keyOf(index), before);
}

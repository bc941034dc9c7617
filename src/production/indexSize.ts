/** How large a B-tree gets when its table grows: as what it holds would be packed by CREATE INDEX, here and there. Pure. */
import { btreePagesFor, entryBytes } from '../lens/btree.ts';
import type { LensColumn, LensIndex, LensTable } from '../lens/document.ts';
import type { KeyCounter } from '../lens/indexKeys.ts';
import { plainName } from '../lens/named.ts';

type Column = Exclude<LensColumn, { readonly dropped: true }>;

/** A table, and how many keys its indexes have. */
export interface Sized {
  readonly table: LensTable;
  readonly keys: KeyCounter;
}

/**
 * Pages of the index over the rows of `then`. What it has here that the model does not know (bloat, splits) it has
 * there in proportion.
 * @param rows Of the index, then.
 */
export function grownPages(index: LensIndex, now: Sized, then: Sized, rows: number): number {
  const before = modelled(index, now, index.rows);
  const after = modelled(index, then, rows);
  if (before === undefined || after === undefined || index.pages <= 1) {
    const factor = index.rows > 0 ? rows / index.rows : 1;
    return index.pages <= 1 ? index.pages : Math.ceil((index.pages - 1) * factor) + 1;
  }
  // As it was just built, but for rounding and chance: then the model alone says more.
  if (Math.abs(before - index.pages) <= Math.max(1, AS_BUILT * index.pages)) return after;
  return Math.ceil((after * index.pages) / before);
}

const AS_BUILT = 0.05;

/** Types of a fixed size: it is what they are aligned to, as well. */
const FIXED: readonly (readonly [RegExp, number])[] = [
  [/^(bigint|timestamp|time with|time without|double precision|interval|money|macaddr8)/, 8],
  [/^(integer|real|date|oid|regclass)$/, 4],
  [/^smallint$/, 2],
];

/** Equal values of these may differ in their bytes, so that entries cannot be shared. */
const NEVER_SHARED = /^(numeric|real|double precision|jsonb)|\[\]$/;

function modelled(index: LensIndex, { table, keys }: Sized, rows: number): number | undefined {
  const { method, columns, keyColumns = columns?.length ?? 0, unique = false } = index;
  if (method !== 'btree' || columns === undefined || rows <= 0) return undefined;
  const of = columns.map(number => table.columns[number - 1]);
  if (!of.every((column): column is Column => column !== undefined && column.dropped !== true))
    return undefined;
  const widths: [number, number][] = [];
  for (const column of of) {
    const statistics = column.statistics ?? column.inheritedStatistics;
    if (statistics === undefined) return undefined;
    widths.push([statistics.averageWidth, FIXED.find(([type]) => type.test(column.type))?.[1] ?? 1]);
  }
  const shared = !unique && keyColumns === columns.length && !of.some(({ type }) => NEVER_SHARED.test(type));
  const fillFactor = Number(/fillfactor\s*=\s*'?(\d+)/.exec(index.definition)?.[1] ?? 90);
  return btreePagesFor({
    rows,
    keys: keys(plainName(table), columns.slice(0, keyColumns), rows) ?? rows,
    bytes: entryBytes(widths),
    deduplicates: shared,
    fillFactor,
  });
}

/** The shape of a B-tree that CREATE INDEX builds (access/nbtree/nbtsort.c), from the size of its entries. Pure. */

const PAGE_BYTES = 8192 - 24 - 16;
const LEAF_FILL = 0.9;
/** BTREE_NONLEAF_FILLFACTOR */
const INNER_FILL = 0.7;
const LINE_POINTER = 4;
const TUPLE_HEADER = 8;
const TID_BYTES = 6;
/** A posting list takes at most a tenth of a page. */
const POSTING_BYTES = 816 - LINE_POINTER;

export const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/** What the columns of an entry take: each begins where its type is aligned. @param columns Width and alignment, bytes. */
export function entryBytes(columns: readonly (readonly [width: number, align: number])[]): number {
  return columns.reduce((bytes, [width, align]) => Math.ceil(bytes / align) * align + width, 0);
}

export interface BtreeKeys {
  readonly rows: number;
  readonly isUnique: boolean;
  /** `distinct` values of each, 0 where nobody knows. */
  readonly columns: readonly { readonly bytes: number; readonly distinct: number }[];
}

/**
 * Levels above the leaves. It is in no catalog, and where one page more would make it a level more this may be wrong by one.
 * @param pages Of the whole index.
 */
export function btreeHeight(pages: number, keys: BtreeKeys): number {
  const leaves = Math.max(1, pages - 1);
  const bytes = aligned(TUPLE_HEADER + pivotBytes(keys, leaves)) + LINE_POINTER;
  const fanout = (fill: number): number => Math.max(2, Math.floor((PAGE_BYTES * fill) / bytes));
  let height = 0;
  for (let width = leaves; width > 1; width = Math.ceil(width / fanout(INNER_FILL))) {
    height++;
    // A root that grew is split when it is full.
    if (hasGrown(keys, leaves) && width <= fanout(1)) break;
  }
  return height;
}

/** An entry above the leaves has no more columns than tell two leaves apart. */
function pivotBytes({ columns }: BtreeKeys, leaves: number): number {
  let bytes = 0;
  let different = 1;
  for (const column of columns) {
    bytes += column.bytes;
    different *= Math.max(1, column.distinct);
    if (different >= leaves * 10) break;
  }
  return bytes;
}

/** CREATE INDEX fills leaves to nine tenths; of entries that equal ones do not share one can tell. */
function hasGrown({ rows, isUnique, columns }: BtreeKeys, leaves: number): boolean {
  const entry = aligned(TUPLE_HEADER + columns.reduce((sum, { bytes }) => sum + bytes, 0)) + LINE_POINTER;
  return isUnique && (rows * entry) / (leaves * PAGE_BYTES) < 0.8;
}

export interface BtreeEntries {
  readonly rows: number;
  /** Different keys among them; equal ones share an entry where `deduplicates`. */
  readonly keys: number;
  /** Of all columns of an entry, with what aligns them. */
  readonly bytes: number;
  readonly deduplicates: boolean;
  /** Percent; 90 where the index does not say. */
  readonly fillFactor?: number;
}

/** Pages of a B-tree that was just built. */
export function btreePagesFor({ rows, keys, bytes, deduplicates, fillFactor }: BtreeEntries): number {
  if (rows <= 0) return 1;
  const single = aligned(TUPLE_HEADER + bytes) + LINE_POINTER;
  const perKey = rows / Math.max(1, Math.min(keys, rows));
  let entries = rows;
  let leafBytes = rows * single;
  if (deduplicates && perKey > 1) {
    const key = aligned(TUPLE_HEADER + bytes);
    const most = Math.max(2, Math.floor((POSTING_BYTES - key) / TID_BYTES));
    const full = Math.floor(perKey / most);
    const rest = perKey - full * most;
    const whole = (tids: number): number =>
      tids <= 1 ? tids * single : aligned(key + tids * TID_BYTES) + LINE_POINTER;
    // On average so many: some keys have one more than others.
    const posting = (tids: number): number => {
      const less = Math.floor(tids);
      return whole(less) + (tids - less) * (whole(less + 1) - whole(less));
    };
    const different = Math.min(rows, Math.max(1, keys));
    entries = different * (full + Math.min(1, rest));
    leafBytes = different * (full * posting(most) + posting(rest));
  }
  // Whole entries only: what does not fit begins the next page.
  const usable = PAGE_BYTES * (fillFactor === undefined ? LEAF_FILL : fillFactor / 100);
  const perPage = Math.max(1, Math.floor(usable / (leafBytes / Math.max(1, entries))));
  const leaves = Math.ceil(entries / perPage);
  const fanout = Math.max(2, Math.floor((PAGE_BYTES * INNER_FILL) / single));
  let pages = leaves + 1;
  for (let width = leaves; width > 1; ) {
    width = Math.ceil(width / fanout);
    pages += width;
  }
  return pages;
}

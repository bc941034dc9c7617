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

/**
 * Levels above the leaves.
 * @param pages Of the whole index.
 * @param keyBytes Of a key's columns, without those that are only included.
 */
export function btreeHeight(pages: number, keyBytes: number): number {
  const fanout = Math.max(
    2,
    Math.floor((PAGE_BYTES * INNER_FILL) / (aligned(TUPLE_HEADER + keyBytes) + LINE_POINTER)),
  );
  let height = 0;
  for (let width = Math.max(1, pages - 1); width > 1; width = Math.ceil(width / fanout)) height++;
  return height;
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

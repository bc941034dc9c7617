/** Pages and height of a B-tree as CREATE INDEX builds it (access/nbtree/nbtsort.c), from the size of its entries. */
import { BLOCK_BYTES } from '../base/format.ts';
import { drawnFrom } from './occupancy.ts';

const PAGE_BYTES = BLOCK_BYTES - 24 - 16;
/** BTREE_NONLEAF_FILLFACTOR */
const INNER_FILL = 0.7;
const LINE_POINTER = 4;
const TUPLE_HEADER = 8;
const TID_BYTES = 6;
/** Space for entries, without the high key's line pointer. */
const ROOM = PAGE_BYTES - LINE_POINTER;
/** Largest entry with a posting list: a tenth of a page, aligned. */
const MOST_POSTING = 808;
/** TID in a high key, aligned. */
const TID_ROOM = 8;
/** Pages to simulate; the others are filled alike. */
const SHOWING = 200;

export const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/** ANALYZE rounds the average width down, by half a byte on average. */
export const CUT_WIDTH = 0.5;

/** Bytes of an entry's columns with their alignment. */
export function entryBytes(columns: readonly (readonly [width: number, align: number])[]): number {
  return columns.reduce(
    (bytes, [width, align]) => (align === 1 ? bytes : Math.ceil(bytes / align) * align) + width,
    0,
  );
}

export interface BtreeKeys {
  readonly rows: number;
  readonly isUnique: boolean;
  /** `distinct` is 0 if unknown. */
  readonly columns: readonly { readonly bytes: number; readonly distinct: number }[];
}

/**
 * Levels above the leaves. No catalog has it; near the limit of a level the result may be wrong by one.
 * @param pages Of the whole index.
 */
export function btreeHeight(pages: number, keys: BtreeKeys): number {
  const leaves = Math.max(1, pages - 1);
  const bytes = aligned(TUPLE_HEADER + pivotBytes(keys, leaves)) + LINE_POINTER;
  const fanout = (fill: number): number => Math.max(2, Math.floor((PAGE_BYTES * fill) / bytes));
  let height = 0;
  for (let width = leaves; width > 1; width = Math.ceil(width / fanout(INNER_FILL))) {
    height++;
    // A root that grew by inserts splits when it is full.
    if (hasGrown(keys, leaves) && width <= fanout(1)) break;
  }
  return height;
}

/** Entries above the leaves keep only the columns that distinguish two leaves. */
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

/** Grew by inserts: CREATE INDEX fills leaves to 90 %. Only unique keys tell, as equal ones share entries. */
function hasGrown({ rows, isUnique, columns }: BtreeKeys, leaves: number): boolean {
  const entry = aligned(TUPLE_HEADER + columns.reduce((sum, { bytes }) => sum + bytes, 0)) + LINE_POINTER;
  return isUnique && (rows * entry) / (leaves * PAGE_BYTES) < 0.8;
}

interface BtreeEntries {
  readonly rows: number;
  /** Distinct keys; equal ones share an entry if `deduplicates`. */
  readonly keys: number;
  /** Bytes of an entry's columns with alignment. */
  readonly bytes: number;
  readonly deduplicates: boolean;
  /** Percent. Default: 90. */
  readonly fillFactor?: number;
}

/** Pages of a new B-tree. */
export function btreePagesFor(entries: BtreeEntries): number {
  const { rows, keys, deduplicates } = entries;
  if (rows <= 0) return 1;
  const perKey = deduplicates ? rows / Math.max(1, Math.min(keys, rows)) : 1;
  const isWhole = Math.abs(perKey - Math.round(perKey)) <= WHOLE * perKey;
  if (isWhole && perKey < FEW) return pagesOf(entries, perKey, evenly(perKey));
  const byChance = pagesOf(entries, perKey, byChanceWith(perKey));
  // Statistics do not show whether rows are spread evenly or by chance: the mean of both.
  return isWhole ? Math.ceil((byChance + pagesOf(entries, perKey, evenly(perKey))) / 2) : byChance;
}

/** An average this close to a whole number may mean the same number of rows for each key. */
const WHOLE = 0.02;
/** Below this, rows spread by chance would not give a whole average. */
const FEW = 11;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** The same number of rows for each key. */
function evenly(average: number): () => number {
  let due = 0;
  return () => {
    due += average;
    const rows = Math.max(1, Math.round(due));
    due -= rows;
    return rows;
  };
}

/** Rows of each key by chance (zero-truncated Poisson), in a fixed pseudo-random order. */
function byChanceWith(average: number): () => number {
  const mean = average / drawnFrom(1, average);
  let [turn, other] = [0, 0];
  if (mean > 100)
    return () => {
      turn = (turn + GOLDEN) % 1;
      other = (other + Math.SQRT2) % 1;
      const deviations = Math.sqrt(-2 * Math.log(1 - turn)) * Math.cos(2 * Math.PI * other);
      return Math.max(1, Math.round(mean + Math.sqrt(mean) * deviations));
    };
  const upTo: number[] = [];
  let chance = Math.exp(-mean);
  const some = 1 - chance;
  for (let rows = 1, sum = 0; sum < 0.9999 * some; rows++) {
    chance *= mean / rows;
    sum += chance;
    upTo.push(sum / some);
  }
  return () => {
    turn = (turn + GOLDEN) % 1;
    const at = upTo.findIndex(chances => chances >= turn);
    return at < 0 ? upTo.length : at + 1;
  };
}

function pagesOf(
  { rows, keys, bytes, deduplicates, fillFactor = 90 }: BtreeEntries,
  perKey: number,
  rowsOf: () => number,
): number {
  const key = aligned(TUPLE_HEADER + bytes);
  const leaf = new Level(Math.floor((BLOCK_BYTES * (100 - fillFactor)) / 100), TID_ROOM);
  const most = Math.max(2, Math.floor((MOST_POSTING - key) / TID_BYTES));
  const all = deduplicates ? Math.max(1, Math.min(keys, rows)) : rows;
  let packed = 0;
  let within = 0;
  // Simulates the first pages only.
  for (; packed < all && leaf.pages < SHOWING; packed++) {
    let left = perKey === 1 ? 1 : rowsOf();
    for (let isFirst = true; left > 0; isFirst = false) {
      const shared = Math.min(left, most);
      const lists = shared > 1 ? aligned(key + shared * TID_BYTES) - key : 0;
      const closed = leaf.pages;
      leaf.add(key + lists, lists);
      if (!isFirst && leaf.pages > closed) within++;
      left -= shared;
    }
  }
  const leaves = packed >= all ? leaf.pages + 1 : Math.ceil((leaf.pages * all) / packed);
  // If a page ends within equal keys, the entry above needs a TID.
  const fanout = Math.max(2, innerEntries(key + TID_ROOM * (within / Math.max(1, leaf.pages))));
  let pages = leaves + 1;
  for (let width = leaves; width > 1; ) {
    width = Math.ceil(width / fanout);
    pages += width;
  }
  return pages;
}

/** Entries per page above the leaves. */
function innerEntries(entry: number): number {
  const inner = new Level(Math.floor(BLOCK_BYTES * (1 - INNER_FILL)), 0);
  let count = 0;
  for (; inner.pages < 1; count++) inner.add(entry, 0);
  return count - 2;
}

/** Fills pages as nbtsort.c, _bt_buildadd(), does. */
class Level {
  pages = 0;
  private free = ROOM;
  private entries = 0;
  private last = { bytes: 0, lists: 0 };

  /** @param full Bytes to keep free. @param reserved Bytes needed besides an entry. */
  constructor(
    private readonly full: number,
    private readonly reserved: number,
  ) {}

  /** @param lists Bytes of the posting list, which a high key omits. */
  add(bytes: number, lists: number): void {
    const space = this.free - LINE_POINTER;
    const isFull = space + this.last.lists < this.full && this.entries > 1;
    if (this.entries > 0 && (space < bytes + this.reserved || isFull)) {
      // The last entry becomes the high key and the first entry of the next page.
      this.pages++;
      this.free = ROOM - this.last.bytes - LINE_POINTER;
      this.entries = 1;
    }
    this.free -= bytes + LINE_POINTER;
    this.entries++;
    this.last = { bytes, lists };
  }
}

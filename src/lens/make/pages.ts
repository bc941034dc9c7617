/**
 * Bytes of the few pages in a lens that are not holes. What they look like is fixed since PostgreSQL 13: page layout 4
 * (storage/bufpage.h), B-tree version 4 (access/nbtree.h), BRIN (access/brin_page.h). All little-endian, as every platform
 * is that there are embedded servers for.
 */

export const BLOCK_BYTES = 8192;

const HEADER = 24;
const BTREE_SPECIAL = 16;
const LEAF = 1;
const ROOT = 2;
const LAYOUT_VERSION = 4;
const LINE_POINTER_NORMAL = 1;
/** INDEX_ALT_TID_MASK: the tuple is a pivot, its tid a downlink. */
const PIVOT = 0x2000;
const PIVOT_BYTES = 8;
const LINE_POINTER = 4;
const TUPLE_HEADER = 8;
/** A bit for each of 32 columns, and what aligns the values after it. */
const NULLS_BYTES = 8;
/** INDEX_NULL_MASK */
const HAS_NULLS = 0x8000;

/**
 * The first page of a table in a lens. It is no page: the server says so when the table is read
 * ("invalid page in block 0"), and the file itself says what it is.
 */
export function notAPage(): Buffer {
  const page = Buffer.alloc(BLOCK_BYTES, 0xff);
  page.write('pgopt-explore: a lens, made to be planned on. There are no rows in this file.\n', 'latin1');
  return page;
}

/** What the first column of an index has at its ends: the bytes of the values, as an index entry holds them. */
export interface IndexEnds {
  readonly least: Buffer;
  readonly greatest: Buffer;
  /** The index has no other column. */
  readonly isAlone: boolean;
}

/**
 * The first pages of a B-tree: its meta page as it was made, now with a root, and a path of one page a level down to a
 * leaf. The planner asks for the height, and looks into the leaf when it wants the largest value of a column. Where no ends
 * are known it finds none, and goes by the statistics.
 * @param meta The meta page that CREATE INDEX made on the empty table.
 * @param height Levels above the leaves, at least 0.
 * @param leaf Its entries, in their order.
 */
export function btreePages(meta: Buffer, height: number, leaf: readonly Buffer[] = []): Buffer {
  const pages = Buffer.alloc((height + 2) * BLOCK_BYTES);
  meta.copy(pages);
  // BTMetaPageData: magic, version, root, level, fastroot, fastlevel.
  for (const at of [8, 16]) {
    pages.writeUInt32LE(1, HEADER + at);
    pages.writeUInt32LE(height, HEADER + at + 4);
  }
  for (let level = height; level >= 0; level--) {
    const block = 1 + height - level;
    const flags = (level === height ? ROOT : 0) | (level === 0 ? LEAF : 0);
    btreePage(level, flags, level === 0 ? leaf : [downlink(block + 1)]).copy(pages, block * BLOCK_BYTES);
  }
  return pages;
}

function downlink(block: number): Buffer {
  const entry = Buffer.alloc(PIVOT_BYTES);
  entry.writeUInt16LE(block >>> 16, 0);
  entry.writeUInt16LE(block & 0xffff, 2);
  entry.writeUInt16LE(PIVOT | PIVOT_BYTES, 6);
  return entry;
}

/** @param entries Their lengths multiples of 8. */
function btreePage(level: number, flags: number, entries: readonly Buffer[]): Buffer {
  const page = Buffer.alloc(BLOCK_BYTES);
  const special = BLOCK_BYTES - BTREE_SPECIAL;
  let upper = special;
  for (const [position, entry] of entries.entries()) {
    upper -= entry.length;
    entry.copy(page, upper);
    page.writeUInt32LE(
      (upper | (LINE_POINTER_NORMAL << 15) | (entry.length << 17)) >>> 0,
      HEADER + position * LINE_POINTER,
    );
  }
  page.writeUInt16LE(HEADER + entries.length * LINE_POINTER, 12);
  page.writeUInt16LE(upper, 14);
  page.writeUInt16LE(special, 16);
  page.writeUInt16LE(BLOCK_BYTES | LAYOUT_VERSION, 18);
  // BTPageOpaqueData: no neighbors, the level, what it is.
  page.writeUInt32LE(level, special + 8);
  page.writeUInt16LE(flags, special + 12);
  return page;
}

/** The entries of a leaf that has these ends; whatever else is in the index is NULL there. */
export function endEntries({ least, greatest, isAlone }: IndexEnds, descending: boolean): readonly Buffer[] {
  return (descending ? [greatest, least] : [least, greatest]).map((value, position) => {
    const begin = isAlone ? TUPLE_HEADER : TUPLE_HEADER + NULLS_BYTES;
    const entry = Buffer.alloc(Math.ceil((begin + value.length) / 8) * 8);
    // The first rows of the first page, which visibilityMap() says are seen by all: no table is looked into for them.
    entry.writeUInt16LE(position + 1, 4);
    entry.writeUInt16LE(entry.length | (isAlone ? 0 : HAS_NULLS), 6);
    if (!isAlone) entry.writeUInt8(1, TUPLE_HEADER);
    value.copy(entry, begin);
    return entry;
  });
}

/** A visibility map in which the first page is all-visible and all-frozen. */
export function visibilityMap(): Buffer {
  const page = Buffer.alloc(BLOCK_BYTES);
  page.writeUInt16LE(HEADER, 12);
  page.writeUInt16LE(BLOCK_BYTES, 14);
  page.writeUInt16LE(BLOCK_BYTES, 16);
  page.writeUInt16LE(BLOCK_BYTES | LAYOUT_VERSION, 18);
  page.writeUInt8(3, HEADER);
  return page;
}

const ALIGNS: Readonly<Record<string, number>> = { c: 1, s: 2, i: 4, d: 8 };

/**
 * What is in a B-tree on (an int4, a value) that was just built, in its order.
 * @param layout pg_type.typlen and typalign of the value.
 */
export function* leafEntries(
  file: Buffer,
  layout: { readonly bytes: number; readonly align: string },
): Generator<{ readonly number: number; readonly value: Buffer }> {
  const align = ALIGNS[layout.align] ?? 8;
  for (let block = leftmostLeaf(file); block !== 0; ) {
    const page = file.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES);
    const special = page.readUInt16LE(16);
    const next = page.readUInt32LE(special + 4);
    const count = (page.readUInt16LE(12) - HEADER) / LINE_POINTER;
    // The first item of a page that has a right neighbor is its high key.
    for (let item = next === 0 ? 0 : 1; item < count; item++) {
      const pointer = page.readUInt32LE(HEADER + item * LINE_POINTER);
      const tuple = page.subarray(pointer & 0x7fff, (pointer & 0x7fff) + (pointer >>> 17));
      const after = TUPLE_HEADER + 4;
      // A short text begins where the number ends, with its length, which is not 0.
      const isShort = layout.bytes === -1 && tuple.readUInt8(after) !== 0;
      const begin = isShort ? after : Math.ceil(after / align) * align;
      const end = layout.bytes > 0 ? begin + layout.bytes : tuple.length;
      yield { number: tuple.readInt32LE(TUPLE_HEADER), value: Buffer.from(tuple.subarray(begin, end)) };
    }
    block = next;
  }
}

/** The leaves of an index that was just built begin with block 1. */
const leftmostLeaf = (file: Buffer): number => (file.length > BLOCK_BYTES ? 1 : 0);

/** Entries of a page of the range map: (8192 - 24 - 8) / 6. */
const RANGES_A_PAGE = 1360;

/** BrinMetaPageData: magic, version, pages a range, last page of the range map; the planner reads the last two. */
export function brinMetaPage(meta: Buffer, tablePages: number): Buffer {
  const page = Buffer.from(meta.subarray(0, BLOCK_BYTES));
  const pagesPerRange = Math.max(1, page.readUInt32LE(HEADER + 8));
  const ranges = Math.ceil(tablePages / pagesPerRange);
  page.writeUInt32LE(Math.max(1, Math.ceil(ranges / RANGES_A_PAGE)), HEADER + 12);
  return page;
}

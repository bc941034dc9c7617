/**
 * The few pages of a lens that are not holes. Their formats have been stable since PostgreSQL 13: page layout 4
 * (storage/bufpage.h), B-tree version 4 (access/nbtree.h), BRIN (access/brin_page.h). Little-endian, as are all platforms
 * with embedded servers.
 */
import { BLOCK_BYTES } from '../../base/format.ts';

const HEADER = 24;
const BTREE_SPECIAL = 16;
const LEAF = 1;
const ROOT = 2;
const LAYOUT_VERSION = 4;
const LINE_POINTER_NORMAL = 1;
/** INDEX_ALT_TID_MASK: a pivot tuple, whose TID is a downlink. */
const PIVOT = 0x2000;
const PIVOT_BYTES = 8;
const LINE_POINTER = 4;
const TUPLE_HEADER = 8;
/** One bit for each of 32 columns, aligned. */
const NULLS_BYTES = 8;
/** INDEX_NULL_MASK */
const HAS_NULLS = 0x8000;

/** The first page of a table. Reading the table fails with "invalid page in block 0", and the file itself says why. */
export function notAPage(): Buffer {
  const page = Buffer.alloc(BLOCK_BYTES, 0xff);
  page.write('pgopt-explore: a lens, made to be planned on. There are no rows in this file.\n', 'latin1');
  return page;
}

/** Least and greatest value of an index's first column, in the bytes of an index entry. */
export interface IndexEnds {
  readonly least: Buffer;
  readonly greatest: Buffer;
  /** The index has one column. */
  readonly isAlone: boolean;
}

/**
 * The first pages of a B-tree: the meta page, now with a root, and one page per level down to a leaf. The planner reads
 * the height, and the leaf for the greatest value; without entries there it uses the statistics.
 * @param meta The meta page that CREATE INDEX wrote for the empty table.
 * @param height Levels above the leaves, at least 0.
 * @param leaf Sorted entries.
 */
export function btreePages(meta: Buffer, height: number, leaf: readonly Buffer[]): Buffer {
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

/** @param entries Their lengths are multiples of 8. */
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
  // BTPageOpaqueData: no siblings, the level, the flags.
  page.writeUInt32LE(level, special + 8);
  page.writeUInt16LE(flags, special + 12);
  return page;
}

/** The two entries of the leaf; other columns are NULL. */
export function endEntries({ least, greatest, isAlone }: IndexEnds, descending: boolean): readonly Buffer[] {
  return (descending ? [greatest, least] : [least, greatest]).map((value, position) => {
    const begin = isAlone ? TUPLE_HEADER : TUPLE_HEADER + NULLS_BYTES;
    const entry = Buffer.alloc(Math.ceil((begin + value.length) / 8) * 8);
    // They point to the first page, which is all-visible: the planner does not read the table for them.
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
 * Sorted entries of a new B-tree on (int4, value).
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
    // The first item of a page with a right sibling is its high key.
    for (let item = next === 0 ? 0 : 1; item < count; item++) {
      const pointer = page.readUInt32LE(HEADER + item * LINE_POINTER);
      const tuple = page.subarray(pointer & 0x7fff, (pointer & 0x7fff) + (pointer >>> 17));
      const after = TUPLE_HEADER + 4;
      // A short varlena is not aligned and begins with its length, which is not 0.
      const isShort = layout.bytes === -1 && tuple.readUInt8(after) !== 0;
      const begin = isShort ? after : Math.ceil(after / align) * align;
      const end = layout.bytes > 0 ? begin + layout.bytes : tuple.length;
      yield { number: tuple.readInt32LE(TUPLE_HEADER), value: Buffer.from(tuple.subarray(begin, end)) };
    }
    block = next;
  }
}

/** The leaves of a new index begin with block 1. */
const leftmostLeaf = (file: Buffer): number => (file.length > BLOCK_BYTES ? 1 : 0);

/** Entries per page of the range map: (8192 - 24 - 8) / 6. */
const RANGES_A_PAGE = 1360;

/** BrinMetaPageData: magic, version, pages per range, last page of the range map. The planner reads the last two. */
export function brinMetaPage(meta: Buffer, tablePages: number): Buffer {
  const page = Buffer.from(meta.subarray(0, BLOCK_BYTES));
  const pagesPerRange = Math.max(1, page.readUInt32LE(HEADER + 8));
  const ranges = Math.ceil(tablePages / pagesPerRange);
  page.writeUInt32LE(Math.max(1, Math.ceil(ranges / RANGES_A_PAGE)), HEADER + 12);
  return page;
}

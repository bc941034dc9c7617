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

/**
 * The first page of a table in a lens. It is no page: whoever tries to read the table is told so by the server
 * ("invalid page in block 0"), and whoever looks at the file can read what it is.
 */
export function notAPage(): Buffer {
  const page = Buffer.alloc(BLOCK_BYTES, 0xff);
  page.write('pgopt-explore: a lens, made to be planned on. There are no rows in this file.\n', 'latin1');
  return page;
}

/**
 * The first pages of a B-tree: its meta page as it was made, now with a root, and a path of one page a level down to an empty
 * leaf. The planner asks for the height, and looks into the leaf when it wants the largest value of a column: it
 * finds none, and goes by the statistics.
 * @param meta The meta page that CREATE INDEX made on the empty table.
 * @param height Levels above the leaves, at least 0.
 */
export function btreePages(meta: Buffer, height: number): Buffer {
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
    btreePage(level, flags, level === 0 ? undefined : block + 1).copy(pages, block * BLOCK_BYTES);
  }
  return pages;
}

/** @param child The block below; undefined of a leaf, which is empty. */
function btreePage(level: number, flags: number, child: number | undefined): Buffer {
  const page = Buffer.alloc(BLOCK_BYTES);
  const special = BLOCK_BYTES - BTREE_SPECIAL;
  const upper = child === undefined ? special : special - PIVOT_BYTES;
  page.writeUInt16LE(HEADER + (child === undefined ? 0 : 4), 12);
  page.writeUInt16LE(upper, 14);
  page.writeUInt16LE(special, 16);
  page.writeUInt16LE(BLOCK_BYTES | LAYOUT_VERSION, 18);
  if (child !== undefined) {
    page.writeUInt32LE((upper | (LINE_POINTER_NORMAL << 15) | (PIVOT_BYTES << 17)) >>> 0, HEADER);
    page.writeUInt16LE(child >>> 16, upper);
    page.writeUInt16LE(child & 0xffff, upper + 2);
    page.writeUInt16LE(PIVOT | PIVOT_BYTES, upper + 6);
  }
  // BTPageOpaqueData: no neighbours, the level, what it is.
  page.writeUInt32LE(level, special + 8);
  page.writeUInt16LE(flags, special + 12);
  return page;
}

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

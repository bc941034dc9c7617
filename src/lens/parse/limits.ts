/** How much a lens may hold: far more than any database has, and little enough to be read and made. */
export const LIMITS = {
  /** The text of a whole lens, in characters; a string of JavaScript ends soon after. */
  characters: 400_000_000,
  /** Objects and lists, and braces in texts. Each object takes memory, and the process ends without a word where there is none. */
  brackets: 20_000_000,
  /** Blanks in a row: the search for a mistake's location reads them one by one. */
  blanks: 100_000,
  /** Levels of objects in lists in objects: a lens has eight. */
  levels: 40,
  /** Tables and partitions. A schema of more cannot be made in a sensible time. */
  tables: 100_000,
  /** Views, functions, types, statistics, schemas, extensions, settings and remarks, of each. */
  things: 100_000,
  /** PostgreSQL's own limit, of which dropped columns count. */
  columns: 1600,
  /** Of one table. */
  indexes: 5000,
  /** PostgreSQL's are 63 bytes; some are built with longer ones. */
  nameBytes: 255,
  /** A remark, a version, a name of a collation. */
  remark: 10_000,
  /** A definition: a function's, a view's, an index's. */
  definition: 10_000_000,
  /** A list of values: a statistics target of 10,000, and a value in it has at most 1 kB. */
  values: 50_000_000,
  /** Numbers in a list: the same target, ten times that for elements of arrays. */
  numbers: 110_000,
  /** No table has more: 32 TB of the shortest rows are a thousandth of it. */
  rows: 1e15,
  /** A block's number has 32 bits, and two of them mean something else. */
  pages: 2 ** 32 - 2,
  /** Blocks of all tables and indexes: 64 TB, 65,536 files of 1 GiB in a lens. Each takes a moment and an inode. */
  allPages: 2 ** 33,
  bytes: 1e18,
  /** A value has at most 1 GB. */
  width: 2 ** 30,
} as const;

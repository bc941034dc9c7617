/**
 * A sample's document as it would be read from production: rows, pages and numbers of distinct values grown to the rows
 * that production has. Shares, widths, correlation and histograms stay as they are: what the sample does not have
 * cannot be made up. Pure.
 */
import type { Seen } from './analyzed.ts';
import type {
  Hidden,
  LensColumn,
  LensColumnStatistics,
  LensDocument,
  LensIndex,
  LensTable,
} from './document.ts';
import { type Growth, growthOf } from './growth.ts';
import { grownPages } from './indexSize.ts';
import { plainName } from './named.ts';
import { totalRows } from './totalRows.ts';

export interface ScaleOptions {
  /** Rows per table in production, by the table's name or `schema.name`. */
  readonly rows: Readonly<Record<string, number>>;
  /** `table.column` → distinct values in production, where somebody knows; negative a share of the rows. */
  readonly distinct: Readonly<Record<string, number>>;
  /** The same database at another size: how its distinct values grew tells how they go on. */
  readonly other?: LensDocument | undefined;
  /** What ANALYZE would see of columns that grow, where somebody could look (analyzed.ts). */
  readonly seen?: ReadonlyMap<string, Seen> | undefined;
}

export interface Scaled {
  readonly document: LensDocument;
  /** Tables, by `schema.name`, with the factor that each was grown by. */
  readonly factors: ReadonlyMap<string, number>;
  readonly growths: readonly Growth[];
  readonly hidden: readonly Hidden[];
}

const own = (record: Readonly<Record<string, number>>, key: string): number | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

export function scaleDocument(document: LensDocument, options: ScaleOptions): Scaled {
  const hidden: Hidden[] = [];
  const factors = factorsOf(document, options.rows, hidden);
  const growths = growthOf(document, factors, options);
  const grown = new Map(growths.map(growth => [growth.column, growth]));
  const tables = document.tables.map(table => scaleTable(table, factors.get(plainName(table)) ?? 1, grown));
  return {
    document: { ...document, tables, hidden: [...document.hidden, ...hidden] },
    factors,
    growths,
    hidden,
  };
}

/** The growths alone, of the same document by the same options. */
export function growthsOf(document: LensDocument, options: ScaleOptions): readonly Growth[] {
  return growthOf(document, factorsOf(document, options.rows, []), options);
}

/** Production rows over the rows here. A partition grows like its table, a table like its partitions together, a view without a count like what grows most. */
function factorsOf(
  { tables }: LensDocument,
  rows: Readonly<Record<string, number>>,
  hidden: Hidden[],
): ReadonlyMap<string, number> {
  const factors = new Map<string, number>();
  const here = totalRows(tables);
  for (const table of tables) {
    const name = plainName(table);
    const wanted = own(rows, name) ?? own(rows, table.name);
    const counted = here.get(name) ?? 0;
    if (wanted !== undefined && counted > 0) factors.set(name, wanted / counted);
  }
  for (const table of tables) {
    const [parent] = table.parents;
    const name = plainName(table);
    const inherited = parent === undefined ? undefined : factors.get(plainName(parent));
    if (!factors.has(name) && inherited !== undefined) factors.set(name, inherited);
  }
  const most = Math.max(1, ...factors.values());
  for (const table of tables) {
    const name = plainName(table);
    if (factors.has(name) || table.kind === 'partitioned table') continue;
    const isView = table.kind === 'materialized view';
    factors.set(name, isView ? most : 1);
    if (table.rows > 0)
      hidden.push({
        what: name,
        why: isView
          ? 'nobody says how many rows it has in production: taken to grow like the table that grows most'
          : 'nobody says how many rows it has in production: taken as it is here',
      });
  }
  const then = totalRows(tables, table => table.rows * (factors.get(plainName(table)) ?? 1));
  for (const name of tables.filter(({ kind }) => kind === 'partitioned table').map(plainName)) {
    const counted = here.get(name) ?? 0;
    if (!factors.has(name) && counted > 0) factors.set(name, (then.get(name) ?? 0) / counted);
  }
  return factors;
}

function scaleTable(table: LensTable, factor: number, grown: ReadonlyMap<string, Growth>): LensTable {
  const pages = (count: number) => Math.ceil(count * factor);
  const then: LensTable = {
    ...table,
    rows: table.rows < 0 ? table.rows : Math.round(table.rows * factor),
    pages: pages(table.pages),
    countedPages: pages(table.countedPages),
    allVisiblePages: pages(table.allVisiblePages),
    toastBytes: Math.round(table.toastBytes * factor),
    columns: table.columns.map(column => scaleColumn(table, column, grown)),
  };
  return { ...then, indexes: table.indexes.map(index => scaleIndex(index, table, then, factor)) };
}

function scaleColumn(table: LensTable, column: LensColumn, grown: ReadonlyMap<string, Growth>): LensColumn {
  if (column.dropped === true) return column;
  const growth = grown.get(`${plainName(table)}.${column.name}`);
  const { statistics, inheritedStatistics } = column;
  if (growth === undefined) return column;
  return {
    ...column,
    ...(statistics === undefined ? {} : { statistics: grow(statistics, growth) }),
    ...(inheritedStatistics === undefined ? {} : { inheritedStatistics: grow(inheritedStatistics, growth) }),
  };
}

/** More values share the same rows: each of the most common ones has a smaller part. */
function grow(statistics: LensColumnStatistics, { distinct, factor }: Growth): LensColumnStatistics {
  const { mostCommon } = statistics;
  return {
    ...statistics,
    distinct,
    ...(mostCommon === undefined || factor <= 1
      ? {}
      : { mostCommon: { ...mostCommon, frequencies: mostCommon.frequencies.map(share => share / factor) } }),
  };
}

function scaleIndex(index: LensIndex, now: LensTable, then: LensTable, factor: number): LensIndex {
  const { height: _, ...rest } = index;
  const rows = index.rows < 0 ? index.rows : Math.round(index.rows * factor);
  return { ...rest, rows, pages: grownPages(index, now, then, rows) };
}

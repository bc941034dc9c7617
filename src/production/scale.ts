/**
 * Scales a sample's document to production: rows, pages and numbers of distinct values. Shares, widths, correlation and
 * histograms stay, as the sample does not show them. B-trees grow as CREATE INDEX would pack them.
 */
import { BLOCK_BYTES } from '../base/format.ts';
import { arrayHead } from '../lens/arrayText.ts';
import { aligned, btreePagesFor, CUT_WIDTH, entryBytes } from '../lens/btree.ts';
import {
  isLive,
  type LensColumn,
  type LensColumnStatistics,
  type LensDocument,
  type LensIndex,
  type LensTable,
  plainName,
  statisticsOf,
  withStatistics,
} from '../lens/document.ts';
import { type KeyCounter, keyCounter } from '../lens/indexKeys.ts';
import { tiesOf } from '../lens/ties.ts';
import { type Grown, type Growth, type GrowthOptions, growthOf } from './growth.ts';
import type { Size } from './rehearsal.ts';

interface Sized {
  readonly table: LensTable;
  readonly keys: KeyCounter;
}

/**
 * What the model does not explain (bloat, page splits) grows in proportion.
 * @param rows Of the index, afterwards.
 */
function grownPages(index: LensIndex, now: Sized, then: Sized, rows: number): number {
  const before = modelled(index, now, index.rows);
  const after = modelled(index, then, rows);
  if (before === undefined || after === undefined || index.pages <= 1) {
    const factor = index.rows > 0 ? rows / index.rows : 1;
    return index.pages <= 1 ? index.pages : Math.ceil((index.pages - 1) * factor) + 1;
  }
  // Close to a new index: then the model alone is more exact.
  if (Math.abs(before - index.pages) <= Math.max(1, AS_BUILT * index.pages)) return after;
  return Math.ceil((after * index.pages) / before);
}

const AS_BUILT = 0.05;

/** Types of fixed size, with their alignment. */
const FIXED: readonly (readonly [RegExp, number])[] = [
  [/^(bigint|timestamp|time with|time without|double precision|interval|money|macaddr8)/, 8],
  [/^(integer|real|date|oid|regclass)$/, 4],
  [/^smallint$/, 2],
];

const OF_ANY_LENGTH = /^(text|character|numeric|bytea|json|bit|inet|cidr)|\[\]$/;

/** Equal values of these types may differ in their bytes, so entries are not deduplicated. */
const NEVER_SHARED = /^(numeric|real|double precision|jsonb)|\[\]$/;

function modelled(index: LensIndex, { table, keys }: Sized, rows: number): number | undefined {
  const { method, columns, keyColumns = columns?.length ?? 0, unique = false } = index;
  if (method !== 'btree' || columns === undefined || rows <= 0) return undefined;
  const of = columns.map(number => table.columns[number - 1]);
  if (!of.every(isLive)) return undefined;
  const widths: [number, number][] = [];
  for (const column of of) {
    const statistics = statisticsOf(column);
    if (statistics === undefined) return undefined;
    const cut = OF_ANY_LENGTH.test(column.type) ? CUT_WIDTH : 0;
    widths.push([statistics.averageWidth + cut, FIXED.find(([type]) => type.test(column.type))?.[1] ?? 1]);
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

export interface Scaled extends Grown {
  readonly document: LensDocument;
}

export function scaleDocument(document: LensDocument, options: GrowthOptions): Scaled {
  const { factors, growths, hidden } = growthOf(document, options);
  const grown = new Map(growths.map(growth => [growth.column, growth]));
  const factorOf = (table: LensTable) => factors.get(plainName(table)) ?? 1;
  const bare = document.tables.map(table => scaleTable(table, factorOf(table), grown));
  const ties = tiesOf(document);
  const [now, then] = [keyCounter(document, ties), keyCounter({ ...document, tables: bare }, ties)];
  const tables = document.tables.map((table, at): LensTable => {
    const larger = bare[at] ?? table;
    const indexes = table.indexes.map(index =>
      scaleIndex(index, { table, keys: now }, { table: larger, keys: then }, factorOf(table)),
    );
    return { ...larger, indexes };
  });
  return {
    document: { ...document, tables, hidden: [...document.hidden, ...hidden] },
    factors,
    growths,
    hidden,
  };
}

function scaleTable(table: LensTable, factor: number, grown: ReadonlyMap<string, Growth>): LensTable {
  const growth = factor === 1 ? 1 : tablePagesGrowth(table, factor);
  const pages = (count: number) => Math.ceil(count * growth);
  return {
    ...table,
    rows: table.rows < 0 ? table.rows : Math.round(table.rows * factor),
    pages: pages(table.pages),
    countedPages: pages(table.countedPages),
    allVisiblePages: pages(table.allVisiblePages),
    toastBytes: Math.round(table.toastBytes * factor),
    columns: table.columns.map(column => scaleColumn(table, column, grown)),
  };
}

/** Tables up to this size are dominated by the rounding of the last page. */
const FEW_PAGES = 16;
const PAGE_BYTES = BLOCK_BYTES - 24;
/** Tuple header and line pointer. */
const ROW_BYTES = 24 + 4;

/** Growth of a table's pages; for few pages from the number of rows that fit on one. */
function tablePagesGrowth({ rows, pages, columns, options }: LensTable, factor: number): number {
  if (pages > FEW_PAGES || rows <= 0 || pages <= 0) return factor;
  const widths = columns.map(column => (isLive(column) ? statisticsOf(column)?.averageWidth : 0));
  const fill = Number(/fillfactor=(\d+)/.exec(options.join())?.[1] ?? 100) / 100;
  const bytes = ROW_BYTES + aligned(widths.reduce<number>((sum, width) => sum + (width ?? 0), 0));
  const onPage = Math.max(1, Math.floor((PAGE_BYTES * fill) / bytes));
  const fits = widths.every(width => width !== undefined) && Math.abs(Math.ceil(rows / onPage) - pages) <= 1;
  return fits ? Math.ceil((rows * factor) / onPage) / pages : factor;
}

function scaleColumn(table: LensTable, column: LensColumn, grown: ReadonlyMap<string, Growth>): LensColumn {
  const growth = isLive(column) ? grown.get(`${plainName(table)}.${column.name}`) : undefined;
  if (!isLive(column) || growth === undefined) return column;
  return withStatistics(column, statistics => grow(statistics, growth));
}

/** With more values, each most common value has a smaller share. */
function grow(statistics: LensColumnStatistics, { distinct, factor, common }: Growth): LensColumnStatistics {
  const { mostCommon, ...rest } = statistics;
  if (mostCommon === undefined) return { ...rest, distinct };
  const { values } = mostCommon;
  const frequencies = (common ?? mostCommon.frequencies.map(share => share / factor)).slice(
    0,
    mostCommon.frequencies.length,
  );
  if (frequencies.length === 0) return { ...rest, distinct };
  const head = values === undefined ? undefined : arrayHead(values, frequencies.length);
  return { ...rest, distinct, mostCommon: { values: head ?? values, frequencies } };
}

function scaleIndex(index: LensIndex, now: Sized, then: Sized, factor: number): LensIndex {
  const { height: _, ...rest } = index;
  const rows = index.rows < 0 ? index.rows : Math.round(index.rows * factor);
  return { ...rest, rows, pages: grownPages(index, now, then, rows) };
}

/** The sizes in a document. @param original Maps a session's name of an object to the proposal's. */
export function sizeOfDocument(
  { tables }: LensDocument,
  label: string,
  original: (name: string) => string,
): Size {
  const indexes = tables.flatMap(table => table.indexes);
  const sized = [...tables, ...indexes].map(
    ({ name, pages }) => [original(name), pages * BLOCK_BYTES] as const,
  );
  return {
    label,
    rows: new Map(tables.map(({ name, rows }) => [original(name), Math.max(0, rows)])),
    bytes: new Map(sized),
  };
}

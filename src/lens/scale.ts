/**
 * A sample's document as it would be read from production: rows, pages and numbers of distinct values grown to the rows
 * that production has. Shares, widths, correlation and histograms stay as they are: what the sample does not have
 * cannot be made up. Pure.
 */
import { arrayHead } from './arrayText.ts';
import type { LensColumn, LensColumnStatistics, LensDocument, LensIndex, LensTable } from './document.ts';
import { type Grown, type Growth, type GrowthOptions, growthOf } from './growth.ts';
import { grownPages } from './indexSize.ts';
import { plainName } from './named.ts';

export interface Scaled extends Grown {
  readonly document: LensDocument;
}

export function scaleDocument(document: LensDocument, options: GrowthOptions): Scaled {
  const { factors, growths, hidden } = growthOf(document, options);
  const grown = new Map(growths.map(growth => [growth.column, growth]));
  const tables = document.tables.map(table => scaleTable(table, factors.get(plainName(table)) ?? 1, grown));
  return {
    document: { ...document, tables, hidden: [...document.hidden, ...hidden] },
    factors,
    growths,
    hidden,
  };
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

function scaleIndex(index: LensIndex, now: LensTable, then: LensTable, factor: number): LensIndex {
  const { height: _, ...rest } = index;
  const rows = index.rows < 0 ? index.rows : Math.round(index.rows * factor);
  return { ...rest, rows, pages: grownPages(index, now, then, rows) };
}

/** How many different values rows show that draw from a set of values, and back. Pure. */
import { type LensTable, plainName } from './document.ts';

/** Different values that `rows` draws from `values` show: D (1 − e^(−n/D)). */
export const occupied = (values: number, rows: number): number =>
  values > 0 ? values * -Math.expm1(-rows / values) : 0;

/** The inverse: how many values there are to draw from; Infinity where no value was drawn twice. */
export function drawnFrom(distinct: number, rows: number): number {
  if (distinct >= rows) return Number.POSITIVE_INFINITY;
  // (1 − e^(−x)) / x falls from 1 to 0 as x = rows / values grows.
  const share = distinct / rows;
  let [low, high] = [0, 1 / share];
  for (let step = 0; step < 60; step++) {
    const x = (low + high) / 2;
    if (-Math.expm1(-x) / x > share) low = x;
    else high = x;
  }
  return rows / high;
}

/** Standard deviations that a count may lie below what it is held to be. */
const DEVIATIONS = 2;
/** A count of a table that ANALYZE saw only a part of is off by as much. */
const COUNT_ERROR = 0.02;

export interface Shown {
  readonly rows: number;
  readonly distinct: number;
}

/**
 * Different values of a column that takes its values from `from.here` of them, where it takes them from `from.there` and has
 * `rows` rows. The part of them that it takes at all stays the same.
 */
export function shownThere(
  { rows: n, distinct }: Shown,
  from: { readonly here: number; readonly there: number },
  rows: number,
): number {
  const most = Math.min(rows, from.there);
  if (n <= 0 || from.here <= 0) return Math.max(1, most);
  const expected = occupied(from.here, n);
  const x = n / from.here;
  const deviation = Math.sqrt(from.here * Math.exp(-x) * Math.max(0, 1 - (1 + x) * Math.exp(-x)));
  const takesAll = distinct >= expected - DEVIATIONS * deviation - COUNT_ERROR * distinct;
  const part = takesAll ? 1 : Math.min(1, drawnFrom(distinct, n) / from.here);
  const drawn = occupied(part * from.there, rows);
  // More than draws would show: each row has a value of its own, as far as there are any.
  const apart = distinct > expected ? (most * distinct) / Math.min(n, from.here) : 0;
  return Math.max(1, Math.min(most, Math.max(drawn, apart)));
}

/**
 * Rows of tables, of a partitioned one those of its partitions: pg_class has their sum from PostgreSQL 14 on, as of its last
 * ANALYZE, and nothing before. Pure.
 */

/** By `schema.name`. @param rows Of a table that stores its own. */
export function totalRows(
  tables: readonly LensTable[],
  rows = (table: LensTable): number => table.rows,
): ReadonlyMap<string, number> {
  const totals = new Map(
    tables.map(table => [
      plainName(table),
      table.kind === 'partitioned table' ? 0 : Math.max(0, rows(table)),
    ]),
  );
  // A table comes before its partitions.
  for (const table of [...tables].reverse()) {
    if (table.partitionBound === undefined) continue;
    for (const name of table.parents.map(plainName))
      totals.set(name, (totals.get(name) ?? 0) + (totals.get(plainName(table)) ?? 0));
  }
  return totals;
}

/** The same tables, the partitioned ones with the rows of their partitions. */
export function withTotals(tables: readonly LensTable[]): LensTable[] {
  const totals = totalRows(tables);
  return tables.map(table => ({ ...table, rows: totals.get(plainName(table)) ?? table.rows }));
}

/** Occupancy: how many distinct values appear if rows draw from a set of values, and the inverse. */
import { type LensTable, plainName } from './document.ts';

/** Expected distinct values of `rows` draws from `values`: D (1 − e^(−n/D)). */
export const occupied = (values: number, rows: number): number =>
  values > 0 ? values * -Math.expm1(-rows / values) : 0;

/** The inverse: size of the set; Infinity if no value appears twice. */
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

/** Standard deviations that still count as chance. */
const DEVIATIONS = 2;
/** Relative error of ANALYZE's count. */
const COUNT_ERROR = 0.02;

interface Observed {
  readonly rows: number;
  readonly distinct: number;
}

/**
 * Distinct values of a column in `rows` rows if its source grows from `from.here` to `from.there` values. The share of
 * the source that it uses at all stays the same.
 */
export function distinctAfterGrowth(
  { rows: n, distinct }: Observed,
  from: { readonly sample: number; readonly production: number },
  rows: number,
): number {
  const most = Math.min(rows, from.production);
  if (n <= 0 || from.sample <= 0) return Math.max(1, most);
  const expected = occupied(from.sample, n);
  const x = n / from.sample;
  const deviation = Math.sqrt(from.sample * Math.exp(-x) * Math.max(0, 1 - (1 + x) * Math.exp(-x)));
  const takesAll = distinct >= expected - DEVIATIONS * deviation - COUNT_ERROR * distinct;
  const part = takesAll ? 1 : Math.min(1, drawnFrom(distinct, n) / from.sample);
  const drawn = occupied(part * from.production, rows);
  // More values than random draws give: rows avoid repeating values.
  const apart = distinct > expected ? (most * distinct) / Math.min(n, from.sample) : 0;
  return Math.max(1, Math.min(most, Math.max(drawn, apart)));
}

// Total rows of partitioned tables: pg_class has their sum of the last ANALYZE from 14 on, before nothing.

/** By `schema.name`. @param rows Rows that a table itself stores. */
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
  // Tables precede their partitions.
  for (const table of [...tables].reverse()) {
    if (table.partitionBound === undefined) continue;
    for (const name of table.parents.map(plainName))
      totals.set(name, (totals.get(name) ?? 0) + (totals.get(plainName(table)) ?? 0));
  }
  return totals;
}

/** The tables, where partitioned ones have the rows of their partitions. */
export function withTotals(tables: readonly LensTable[]): LensTable[] {
  const totals = totalRows(tables);
  return tables.map(table => ({ ...table, rows: totals.get(plainName(table)) ?? table.rows }));
}

/**
 * Number of distinct keys of an index, which all index sizes are computed from. ANALYZE counts too few where equal values
 * are stored together or a few values are frequent; then a foreign key has the values of the table it refers to.
 */
import { append } from '../base/lists.ts';
import { sum } from '../base/statistics.ts';
import {
  columnNamed,
  distinctValues,
  isLive,
  type LensColumnStatistics,
  type LensDocument,
  type LensTable,
  plainName,
  statisticsOf,
} from './document.ts';
import { occupied, withTotals } from './occupancy.ts';
import type { ForeignKey, Ties, ViewSource } from './ties.ts';

/** @param columns Numbers from 1. @param rows Of the index, which may be partial. */
export type KeyCounter = (table: string, columns: readonly number[], rows: number) => number | undefined;

/** Values are even if the most common ones have at most this part of the rows, or this multiple of their share. */
const EVEN = { part: 0.05, times: 3 };
/** ANALYZE reads all rows of tables up to this size, so its count is exact. */
const ALL_SEEN = 30_000;
/** Above this correlation, equal values are stored together. */
const TOGETHER = 0.5;

function isUneven({ mostCommon }: LensColumnStatistics, values: number): boolean {
  const frequencies = mostCommon?.frequencies ?? [];
  const common = sum(frequencies);
  return common > EVEN.part && common > (EVEN.times * frequencies.length) / Math.max(1, values);
}

/** @param ties tiesOf() the document, at any size. */
export function keyCounter({ tables }: LensDocument, ties: ReadonlyMap<string, Ties>): KeyCounter {
  const byName = new Map(withTotals(tables).map(table => [plainName(table), table]));
  const counted = new Map<string, number | undefined>();

  const keysOf = (table: LensTable, names: readonly string[]): number | undefined => {
    const { foreignKeys = [], unique = [] } = ties.get(plainName(table)) ?? {};
    if (unique.some(key => key.every(name => names.includes(name)))) return table.rows;
    const left = new Set(names);
    let keys = 1;
    // A composite foreign key has at most as many combinations as the referenced table has rows.
    for (const { columns, table: target } of foreignKeys) {
      const parent = byName.get(target);
      if (columns.length < 2 || parent === undefined || parent.rows <= 0) continue;
      if (!columns.every(name => left.has(name))) continue;
      for (const name of columns) left.delete(name);
      keys *= occupied(parent.rows, table.rows);
    }
    for (const name of left) {
      const values = valuesOf(table, name, foreignKeys);
      if (values === undefined) return undefined;
      keys *= values;
    }
    return Math.min(table.rows, keys);
  };

  const valuesOf = (
    table: LensTable,
    name: string,
    foreignKeys: readonly ForeignKey[],
  ): number | undefined => {
    const key = JSON.stringify([plainName(table), name]);
    if (counted.has(key)) return counted.get(key);
    const column = columnNamed(table, name);
    const statistics = column && statisticsOf(column);
    const known = column && distinctValues(table, column);
    const own = known ?? 0;
    // A cycle finds the column's own count.
    counted.set(key, known);
    const parents = foreignKeys.flatMap(({ columns, table: target, targets }) => {
      const parent = byName.get(target);
      const referred = targets[columns.indexOf(name)];
      return parent === undefined || referred === undefined ? [] : (keysOf(parent, [referred]) ?? []);
    });
    const most = Math.min(...parents);
    let values = known;
    if (statistics !== undefined && Number.isFinite(most) && most > 0) {
      const together = Math.abs(statistics.correlation ?? 0) > TOGETHER;
      const drawn = together ? Math.min(most, table.rows) : occupied(most, table.rows);
      const isRight = table.rows <= ALL_SEEN || !(together || isUneven(statistics, own));
      values = Math.min(most, isRight ? own : Math.max(own, drawn));
    }
    counted.set(key, values);
    return values;
  };

  return (name, columns, rows) => {
    const table = byName.get(name);
    const names = columns.map(number => table?.columns[number - 1]);
    if (table === undefined || table.rows <= 0) return undefined;
    if (!names.every(isLive)) return undefined;
    const keys = keysOf(
      table,
      names.map(one => one.name),
    );
    if (keys === undefined || keys <= 0) return undefined;
    // A partial index has a key if any of the key's rows is in it.
    const part = Math.min(1, rows / table.rows);
    return Math.min(rows, keys * (1 - (1 - part) ** (table.rows / keys)));
  };
}

/** Upper bound for the groups of a view: combinations of its keys, table by table. */
export function groupsOf(
  { tables }: LensDocument,
  keys: KeyCounter,
  source: ViewSource | undefined,
): number | undefined {
  const numbers = new Map<string, number[]>();
  for (const name of source?.groups ?? []) {
    const { table = '', column = '' } = source?.columns.get(name) ?? {};
    const found = tables.find(one => plainName(one) === table);
    const at = found?.columns.findIndex(one => isLive(one) && one.name === column) ?? -1;
    if (at < 0) return undefined;
    append(numbers, table, at + 1);
  }
  let groups: number | undefined;
  for (const [table, columns] of numbers) {
    const own = keys(table, columns, Number.POSITIVE_INFINITY);
    if (own === undefined) return undefined;
    groups = (groups ?? 1) * own;
  }
  return groups;
}

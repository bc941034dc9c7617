/**
 * How many different keys an index has: the one count that all sizes of indexes go by. What ANALYZE counts is too few where
 * values lie together or a few of them are most of the rows; there a foreign key has those of the table that it refers to.
 * Pure.
 */
import {
  type LensColumn,
  type LensColumnStatistics,
  type LensDocument,
  type LensTable,
  plainName,
} from './document.ts';
import { occupied, withTotals } from './occupancy.ts';
import type { ForeignKey, Ties, ViewSource } from './ties.ts';

/** @param columns Their numbers, from 1. @param rows Of the index: fewer than the table's where it is partial. */
export type KeyCounter = (table: string, columns: readonly number[], rows: number) => number | undefined;

type Column = Exclude<LensColumn, { readonly dropped: true }>;

/** The most common values of evenly spread ones have no larger part of the rows, or no more than so many times their share. */
const EVEN = { part: 0.05, times: 3 };
/** ANALYZE sees all rows of such a table: its count is right. */
const ALL_SEEN = 30_000;
/** Beyond this correlation equal values lie together. */
const TOGETHER = 0.5;

function isUneven({ mostCommon }: LensColumnStatistics, values: number): boolean {
  const frequencies = mostCommon?.frequencies ?? [];
  const common = frequencies.reduce((sum, one) => sum + one, 0);
  return common > EVEN.part && common > (EVEN.times * frequencies.length) / Math.max(1, values);
}

/** @param ties tiesOf() of the document at any size. */
export function keyCounter({ tables }: LensDocument, ties: ReadonlyMap<string, Ties>): KeyCounter {
  const byName = new Map(withTotals(tables).map(table => [plainName(table), table]));
  const counted = new Map<string, number | undefined>();

  const keysOf = (table: LensTable, names: readonly string[]): number | undefined => {
    const { foreignKeys = [], unique = [] } = ties.get(plainName(table)) ?? {};
    if (unique.some(key => key.every(name => names.includes(name)))) return table.rows;
    const left = new Set(names);
    let keys = 1;
    // Those of several columns together have no more combinations than the table that they refer to has rows.
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
    const column = table.columns.find((one): one is Column => one.dropped !== true && one.name === name);
    const statistics = column?.statistics ?? column?.inheritedStatistics;
    const { distinct = 0 } = statistics ?? {};
    const own = distinct < 0 ? -distinct * table.rows : distinct;
    const known = own > 0 ? own : undefined;
    // What leads back here finds the column's own count.
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
    if (!names.every((one): one is Column => one !== undefined && one.dropped !== true)) return undefined;
    const keys = keysOf(
      table,
      names.map(one => one.name),
    );
    if (keys === undefined || keys <= 0) return undefined;
    // A part of the rows has a value where any of the rows of that value is in it.
    const part = Math.min(1, rows / table.rows);
    return Math.min(rows, keys * (1 - (1 - part) ** (table.rows / keys)));
  };
}

/** The most groups that a view has: combinations of its keys, table by table. */
export function groupsOf(
  { tables }: LensDocument,
  keys: KeyCounter,
  source: ViewSource | undefined,
): number | undefined {
  const numbers = new Map<string, number[]>();
  for (const name of source?.groups ?? []) {
    const { table = '', column = '' } = source?.columns.get(name) ?? {};
    const found = tables.find(one => plainName(one) === table);
    const at = found?.columns.findIndex(one => one.dropped !== true && one.name === column) ?? -1;
    if (at < 0) return undefined;
    numbers.set(table, [...(numbers.get(table) ?? []), at + 1]);
  }
  let groups: number | undefined;
  for (const [table, columns] of numbers) {
    const own = keys(table, columns, Number.POSITIVE_INFINITY);
    if (own === undefined) return undefined;
    groups = (groups ?? 1) * own;
  }
  return groups;
}

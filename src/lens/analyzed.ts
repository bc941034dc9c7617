/**
 * What ANALYZE would write about a column in production. It looks at some 30,000 rows, however many there are, and its
 * estimate of the distinct values of a large column is too low, often by far; but it is what the planner there goes by. In a
 * sample whose values are a g-th of production's, a draw of a g-th of those rows from a g-th of those blocks is a g-th
 * of what ANALYZE would see there. Pure, but for the statements that draw.
 */
import { identifier } from '../base/sql.ts';
import type { Row } from '../database/link.ts';
import type { LensTable } from './document.ts';
import { plainName } from './named.ts';

/** Rows that ANALYZE looks at with the usual statistics target of 100. */
const LOOKED_AT = 300 * 100;
/** Draws are averaged. With more of them the lens takes longer, and is hardly better. */
const MOST_DRAWS = 24;
const LEAST_ROWS = 20;

/** A column that has more values in production, and by which factor. */
export interface Growing {
  readonly table: LensTable;
  readonly column: string;
  readonly factor: number;
}

/** What was seen of a column, on average over the draws. */
export interface Seen {
  readonly rows: number;
  readonly distinct: number;
  /** Values that were seen once. */
  readonly once: number;
}

export interface Draw {
  readonly sql: string;
  /** In the order of the answer's columns `c0`, `c1`, …: rows, distinct values, values seen once. */
  readonly columns: readonly Growing[];
}

/** The statements that draw, the same every time: a lens made twice is the same lens. */
export function drawsFor(growing: readonly Growing[]): readonly Draw[] {
  const groups = new Map<string, Growing[]>();
  for (const item of growing) {
    if (item.table.kind !== 'table' || item.table.pages === 0 || item.factor <= 1) continue;
    const key = JSON.stringify([item.table.schema, item.table.name, item.factor]);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()].flatMap(columns => {
    const [{ table, factor }] = columns as [Growing, ...Growing[]];
    const rows = Math.max(LEAST_ROWS, Math.round(LOOKED_AT / factor));
    const percent = Math.min(100, (100 * rows) / table.pages);
    const from = `${identifier(table.schema)}.${identifier(table.name)}`;
    const names = columns.map(({ column }) => identifier(column));
    return Array.from({ length: Math.min(MOST_DRAWS, Math.ceil(LOOKED_AT / rows)) }, (_, draw): Draw => {
      const drawn = `SELECT ${names.join(', ')} FROM ${from} AS t TABLESAMPLE SYSTEM (${percent}) REPEATABLE (${draw})
        ORDER BY pg_catalog.hashtextextended(t.ctid::text, ${draw}) LIMIT ${rows}`;
      const counted = names.map(
        (name, at) =>
          `(SELECT pg_catalog.json_build_array(sum(c), count(*), count(*) FILTER (WHERE c = 1)) FROM (
             SELECT count(*) AS c FROM drawn WHERE ${name} IS NOT NULL GROUP BY ${name}) x) AS c${at}`,
      );
      return { sql: `WITH drawn AS MATERIALIZED (${drawn}) SELECT ${counted.join(', ')}`, columns };
    });
  });
}

/** @returns `schema.table.column` → what was seen of it. */
export function seenIn(
  draws: readonly Draw[],
  answers: readonly (readonly Row[])[],
): ReadonlyMap<string, Seen> {
  const sums = new Map<string, { count: number; rows: number; distinct: number; once: number }>();
  for (const [at, { columns }] of draws.entries()) {
    const [row] = answers[at] ?? [];
    for (const [position, { table, column }] of columns.entries()) {
      const numbers = row?.[`c${position}`];
      if (!Array.isArray(numbers)) continue;
      const [rows = 0, distinct = 0, once = 0] = numbers.map(Number);
      const key = `${plainName(table)}.${column}`;
      const sum = sums.get(key) ?? { count: 0, rows: 0, distinct: 0, once: 0 };
      sums.set(key, {
        count: sum.count + 1,
        rows: sum.rows + rows,
        distinct: sum.distinct + distinct,
        once: sum.once + once,
      });
    }
  }
  return new Map(
    [...sums].map(([key, { count, rows, distinct, once }]) => [
      key,
      { rows: rows / count, distinct: distinct / count, once: once / count },
    ]),
  );
}

/**
 * The estimator of Haas and Stokes, as commands/analyze.c has it, of what ANALYZE would have seen.
 * @param factor By which production has more values.
 * @param rows Of production, without those that are null.
 * @returns Distinct values, from 1 to `rows`.
 */
export function analyzedDistinct(seen: Seen, factor: number, rows: number): number {
  const looked = seen.rows * factor;
  const distinct = seen.distinct * factor;
  const once = seen.once * factor;
  // Nothing was seen twice: it is taken to be unique.
  if (seen.distinct >= seen.rows) return rows;
  const estimate = (looked * distinct) / (looked - once + (once * looked) / Math.max(looked, rows));
  return Math.max(1, Math.min(rows, Math.max(distinct, estimate)));
}

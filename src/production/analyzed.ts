/**
 * What ANALYZE would write about a column in production. It looks at some 30,000 rows, however many there are, and its
 * estimate of the distinct values of a large column is too low, often by far; but it is what the planner there goes by. In a
 * sample whose values are a g-th of production's, a draw of a g-th of those rows from a g-th of those blocks is a g-th
 * of ANALYZE's own sample there. Pure, but for the statements that draw.
 */
import { identifier } from '../base/sql.ts';
import type { Row } from '../database/link.ts';
import { type LensTable, plainName } from '../lens/document.ts';

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
  /** How many values were seen so many times. */
  readonly times: ReadonlyMap<number, number>;
}

export interface Draw {
  readonly sql: string;
  /** In the order of the answer's columns `c0`, `c1`, …: pairs of how often a value was seen, and how many values were. */
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
          `(SELECT pg_catalog.json_agg(pg_catalog.json_build_array(c, n)) FROM (
             SELECT c, count(*) AS n FROM (
               SELECT count(*) AS c FROM drawn WHERE ${name} IS NOT NULL GROUP BY ${name}) x GROUP BY c) y) AS c${at}`,
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
  const sums = new Map<string, { draws: number; readonly times: Map<number, number> }>();
  for (const [at, { columns }] of draws.entries()) {
    const [row] = answers[at] ?? [];
    for (const [position, { table, column }] of columns.entries()) {
      const pairs = row?.[`c${position}`];
      if (!Array.isArray(pairs)) continue;
      const key = `${plainName(table)}.${column}`;
      const sum = sums.get(key) ?? { draws: 0, times: new Map() };
      sums.set(key, sum);
      sum.draws++;
      for (const [count, values] of pairs as readonly (readonly [unknown, unknown])[])
        sum.times.set(Number(count), (sum.times.get(Number(count)) ?? 0) + Number(values));
    }
  }
  return new Map([...sums].map(([key, { draws: count, times }]) => [key, seenOf(times, count)]));
}

/** @param times Summed up over so many draws. */
function seenOf(times: ReadonlyMap<number, number>, draws: number): Seen {
  const average = new Map([...times].map(([count, values]) => [count, values / draws]));
  const sum = (weigh: (count: number) => number) =>
    [...average].reduce((all, [count, values]) => all + weigh(count) * values, 0);
  return { rows: sum(count => count), distinct: sum(() => 1), once: average.get(1) ?? 0, times: average };
}

/** ANALYZE keeps at most so many with the usual statistics target. */
const MOST_COMMON = 100;

/**
 * The frequencies of the values that ANALYZE would keep as the most common ones (commands/analyze.c, analyze_mcv_list): those
 * that it saw clearly more often than the others on average.
 * @param distinct Values that it would count. @param rows Of production, those that are null among them.
 */
export function commonFrequencies(
  { rows: drawn, times }: Seen,
  factor: number,
  { distinct, rows, nullFraction }: { distinct: number; rows: number; nullFraction: number },
): readonly number[] {
  const looked = Math.min(rows, (drawn * factor) / (1 - nullFraction));
  const counts: number[] = [];
  let expected = 0;
  for (const [count, values] of [...times].sort(([one], [other]) => other - one)) {
    if (count < 2 || counts.length >= MOST_COMMON) break;
    expected += values * factor;
    while (counts.length < Math.min(MOST_COMMON, Math.round(expected))) counts.push(count);
  }
  let kept = counts.length;
  for (; kept > 0; kept--) {
    const least = counts[kept - 1] ?? 0;
    const before = counts.slice(0, kept - 1).reduce((all, one) => all + one, 0);
    const share = Math.max(0, 1 - before / looked - nullFraction) / Math.max(1, distinct - kept + 1);
    const all = (rows * least) / looked;
    const variance =
      rows > 1 ? (looked * all * (rows - all) * (rows - looked)) / (rows * rows * (rows - 1)) : 0;
    if (least > share * looked + 2 * Math.sqrt(Math.max(0, variance)) + 0.5) break;
  }
  return counts.slice(0, kept).map(count => count / looked);
}

/**
 * The estimator of Haas and Stokes, as commands/analyze.c has it, over ANALYZE's sample.
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

/**
 * Imitates production's ANALYZE on a sample. ANALYZE reads some 30,000 rows of any table and often counts far too few
 * distinct values, but production's planner relies on that count. If production has g times the values of the sample,
 * 1/g of ANALYZE's rows from 1/g of its blocks behave like 1/g of its sample there.
 */

import { groupBy } from '../base/lists.ts';
import { asWritten, identifier } from '../base/sql.ts';
import { sum } from '../base/statistics.ts';
import type { Row } from '../database/link.ts';
import { type LensTable, plainName } from '../lens/document.ts';

/** Rows that ANALYZE reads with the default statistics target of 100. */
const LOOKED_AT = 300 * 100;
/** Draws are averaged. More draws take longer and hardly improve the result. */
const MOST_DRAWS = 24;
const LEAST_ROWS = 20;

/** A column with more distinct values in production, by `factor`. */
export interface Growing {
  readonly table: LensTable;
  readonly column: string;
  readonly factor: number;
}

/** Averages over the draws from a column. */
export interface Seen {
  readonly rows: number;
  readonly distinct: number;
  /** Number of values that occurred once. */
  readonly once: number;
  /** Occurrences → number of values. */
  readonly times: ReadonlyMap<number, number>;
}

export interface Draw {
  readonly sql: string;
  /** In the order of the result's columns `c0`, `c1`, …, each a list of pairs (occurrences, number of values). */
  readonly columns: readonly Growing[];
}

/** Statements with fixed seeds: the same database always gives the same lens. */
export function drawsFor(growing: readonly Growing[]): readonly Draw[] {
  const sampled = growing.filter(
    ({ table, factor }) => table.kind === 'table' && table.pages > 0 && factor > 1,
  );
  const groups = groupBy(sampled, ({ table, factor }) => JSON.stringify([plainName(table), factor]));
  return [...groups.values()].flatMap(columns => {
    const [{ table, factor }] = columns as [Growing, ...Growing[]];
    const rows = Math.max(LEAST_ROWS, Math.round(LOOKED_AT / factor));
    const percent = Math.min(100, (100 * rows) / table.pages);
    const names = columns.map(({ column }) => identifier(column));
    return Array.from({ length: Math.min(MOST_DRAWS, Math.ceil(LOOKED_AT / rows)) }, (_, draw): Draw => {
      const drawn = `SELECT ${names.join(', ')} FROM ${asWritten(table)} AS t TABLESAMPLE SYSTEM (${percent}) REPEATABLE (${draw})
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

/** @param times Sums over the draws. */
function seenOf(times: ReadonlyMap<number, number>, draws: number): Seen {
  const average = new Map([...times].map(([count, values]) => [count, values / draws]));
  const sum = (weigh: (count: number) => number) =>
    [...average].reduce((all, [count, values]) => all + weigh(count) * values, 0);
  return { rows: sum(count => count), distinct: sum(() => 1), once: average.get(1) ?? 0, times: average };
}

/** Most common values that ANALYZE keeps with the default statistics target. */
const MOST_COMMON = 100;

/**
 * Frequencies of the most common values that ANALYZE would keep: those that clearly exceed the average of the others
 * (commands/analyze.c, analyze_mcv_list).
 * @param distinct Values that ANALYZE would count. @param rows In production, including NULLs.
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
    const before = sum(counts.slice(0, kept - 1));
    const share = Math.max(0, 1 - before / looked - nullFraction) / Math.max(1, distinct - kept + 1);
    const all = (rows * least) / looked;
    const variance =
      rows > 1 ? (looked * all * (rows - all) * (rows - looked)) / (rows * rows * (rows - 1)) : 0;
    if (least > share * looked + 2 * Math.sqrt(Math.max(0, variance)) + 0.5) break;
  }
  return counts.slice(0, kept).map(count => count / looked);
}

/**
 * The estimator of Haas and Stokes, as in commands/analyze.c, over production's sample.
 * @param factor By which production has more values.
 * @param rows In production, without NULLs.
 * @returns Distinct values, from 1 to `rows`.
 */
export function analyzedDistinct(seen: Seen, factor: number, rows: number): number {
  const looked = seen.rows * factor;
  const distinct = seen.distinct * factor;
  const once = seen.once * factor;
  // ANALYZE takes a column without repeated values as unique.
  if (seen.distinct >= seen.rows) return rows;
  const estimate = (looked * distinct) / (looked - once + (once * looked) / Math.max(looked, rows));
  return Math.max(1, Math.min(rows, Math.max(distinct, estimate)));
}

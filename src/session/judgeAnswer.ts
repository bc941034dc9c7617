/** Rows that only one of two answers has → why they differ. Pure. */
import { formatCount } from '../base/format.ts';
import type { QueryShape, TieColumn } from '../workload/shape.ts';
import type { Cells } from './answer.ts';

export interface Difference {
  readonly columns: readonly string[];
  /** All rows that only one has. */
  readonly original: readonly Cells[];
  readonly rewrite: readonly Cells[];
}

export interface Reason {
  readonly verdict: 'same but for ties' | 'different';
  readonly explanation: string;
}

/** Relative; what sums of floating point numbers may differ by when they are added in another order. */
const LAST_DIGITS = 1e-9;

/** @returns undefined where the rows themselves give no reason. */
export function reasonFor(difference: Difference, shapes: readonly QueryShape[]): Reason | undefined {
  const { original, rewrite } = difference;
  if (original.length !== rewrite.length) return undefined;
  return byTies(difference, shapes) ?? byLastDigits(difference) ?? byOneColumn(difference);
}

function byTies(difference: Difference, shapes: readonly QueryShape[]): Reason | undefined {
  const { columns } = difference;
  const ties = new Map<number, TieColumn>();
  for (const tie of shapes.flatMap(shape => shape.ties)) {
    if (ties.get(tie.column)?.over === undefined) ties.set(tie.column, tie);
  }
  if (ties.size === 0) return undefined;
  const others = columns.map((_, at) => at).filter(at => !ties.has(at));
  if (!sameIn(difference, others)) return undefined;
  const words = [...ties.values()].map(tie => columns[tie.column]).join(', ');
  const what = `${rowsWord(difference)} only in ${words}`;
  const open = [...ties.values()].find(({ over }) => over === undefined);
  if (open !== undefined) {
    const why = `what ${open.function}() is ordered by is not among the columns`;
    return { verdict: 'different', explanation: `${what}; whether ties explain it cannot be told: ${why}` };
  }
  const moving = [...ties.values()].find(({ values }) => values === 'other');
  if (moving !== undefined) {
    const by = (moving.over ?? []).map(at => columns[at]).join(', ');
    const rows = by === '' ? 'rows' : `rows with equal ${by}`;
    const why = `${moving.function}() takes other values when ${rows} change places, which the query lets them`;
    return { verdict: 'different', explanation: `${what}; whether ties explain it cannot be told: ${why}` };
  }
  // Inside rows that tie, the values may change hands, but they stay the same values.
  const proven = [...ties.values()].every(({ column, over = [] }) => sameIn(difference, [column, ...over]));
  if (!proven) return { verdict: 'different', explanation: `${what}, and not only where rows tie` };
  const [tie] = ties.values();
  const by = (tie?.over ?? []).map(at => columns[at]).join(', ');
  return {
    verdict: 'same but for ties',
    explanation: `${what}: ${tie?.function}() tells rows with equal ${by} apart in no order that the query fixes`,
  };
}

function byLastDigits(difference: Difference): Reason | undefined {
  const { original, rewrite } = difference;
  const rounded = (rows: readonly Cells[]) =>
    grouped(
      rows.map(row => row.map(round)),
      rows,
    );
  const [ours, theirs] = [rounded(original), rounded(rewrite)];
  for (const [key, rows] of ours) {
    const others = theirs.get(key);
    if (others?.length !== rows.length) return undefined;
    if (!rows.every((row, at) => row.every((cell, column) => close(cell, others[at]?.[column] ?? null))))
      return undefined;
  }
  return {
    verdict: 'different',
    explanation: `${rowsWord(difference)} only in the last digits: a sum of floating point numbers depends on their order`,
  };
}

function byOneColumn(difference: Difference): Reason | undefined {
  const { columns } = difference;
  const all = columns.map((_, at) => at);
  const column =
    all.length < 2
      ? undefined
      : all.find(at =>
          sameIn(
            difference,
            all.filter(other => other !== at),
          ),
        );
  if (column === undefined) return undefined;
  return { verdict: 'different', explanation: `${rowsWord(difference)} only in ${columns[column]}` };
}

const rowsWord = ({ original }: Difference): string =>
  original.length === 1 ? 'one row differs' : `${formatCount(original.length)} rows differ`;

/** Whether both have the same rows, as often, as far as these columns go. */
function sameIn({ original, rewrite }: Difference, columns: readonly number[]): boolean {
  const keys = (rows: readonly Cells[]) => rows.map(row => JSON.stringify(columns.map(at => row[at]))).sort();
  const [ours, theirs] = [keys(original), keys(rewrite)];
  return ours.length === theirs.length && ours.every((key, at) => key === theirs[at]);
}

function grouped(keys: readonly Cells[], rows: readonly Cells[]): Map<string, Cells[]> {
  const groups = new Map<string, Cells[]>();
  for (const [at, key] of keys.entries()) {
    const text = JSON.stringify(key);
    const row = rows[at] ?? [];
    groups.set(text, [...(groups.get(text) ?? []), row]);
  }
  return groups;
}

const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/;

const round = (cell: string | null): string | null =>
  cell !== null && NUMBER.test(cell) ? Number(cell).toPrecision(6) : cell;

function close(one: string | null, other: string | null): boolean {
  if (one === other) return true;
  if (one === null || other === null || !NUMBER.test(one) || !NUMBER.test(other)) return false;
  const [a, b] = [Number(one), Number(other)];
  // Whole numbers have no last digits to lose.
  if (!/[.e]/.test(one + other)) return false;
  return Math.abs(a - b) <= LAST_DIGITS * Math.max(Math.abs(a), Math.abs(b));
}

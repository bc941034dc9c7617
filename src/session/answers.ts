/** Compares what a query and its rewrite return, inside the database: only rows that differ travel. */

import { DatabaseError } from '../base/databaseError.ts';
import { formatCount, formatMs } from '../base/format.ts';
import { append } from '../base/lists.ts';
import type { Row } from '../database/link.ts';
import { type QueryShape, shapeOf, sortedBy, type TieColumn } from '../workload/shape.ts';

/** A row's values as PostgreSQL prints them; null is NULL. */
export type Cells = readonly (string | null)[];

export interface AnswerCheck {
  /** 'same but for ties': as two runs of the query may differ. 'not compared': it took too long, or was refused. */
  readonly verdict: 'same' | 'same but for ties' | 'different' | 'not compared';
  /** undefined when they were not compared. */
  readonly rows: { readonly original: number; readonly rewrite: number } | undefined;
  /** How many rows only one of them has. */
  readonly differing: { readonly original: number; readonly rewrite: number };
  readonly columns: readonly string[];
  /** Up to five of the differing rows of each. */
  readonly samples: { readonly original: readonly Cells[]; readonly rewrite: readonly Cells[] };
  /** How the rows differ, and why that may be; a sentence without a full stop. */
  readonly explanation: string;
  /** For an approximate index: how many rows of the exact answer came back. */
  readonly recall?: { readonly found: number; readonly exact: number };
  /** The method of the comparison, a clause. */
  readonly how: string;
}

export const SAMPLES = 5;

/** If more rows differ, they are counted but not fetched to explain the difference. */
const FETCHED_ROWS = 20_000;

/** The rewrite's text sees these names, as it follows the query's in one WITH. They hide no table. */
const ORIGINAL = '"pgopt~original"';
const REWRITTEN = '"pgopt~rewritten"';
const ONLY_ORIGINAL = '"pgopt~only_original"';
const ONLY_REWRITTEN = '"pgopt~only_rewritten"';

/** Computes both answers once, in their own order, and keeps them. */
function both(original: string, rewrite: string, columns?: number): string {
  const names =
    columns === undefined ? '' : ` (${Array.from({ length: columns }, (_, at) => `c${at}`).join(', ')})`;
  return `WITH ${ORIGINAL}${names} AS MATERIALIZED (\n${original}\n), ${REWRITTEN}${names} AS MATERIALIZED (\n${rewrite}\n)`;
}

/** A row as [[column, value as text] …]: columns may share a name, and numbers may have more digits than a double. */
const cells = (row: string): string =>
  `(SELECT pg_catalog.json_agg(pg_catalog.json_build_array(e.key, e.value)) FROM pg_catalog.json_each_text(pg_catalog.row_to_json(${row})) e)`;

const countOf = (from: string): string => `(SELECT pg_catalog.count(*) FROM ${from})`;

/** IS DISTINCT FROM would look up an equals sign on the path. record_eq() uses each type's own, and NULLs are equal. */
const differ = (one: string, other: string): string => `NOT pg_catalog.record_eq(${one}, ${other})`;

/**
 * Counts, and the rows that one side has more often than the other.
 * @param asText For types that have no equality.
 */
function differenceSql(original: string, rewrite: string, asText: boolean): string {
  const rows = (from: string) =>
    asText ? `SELECT r::pg_catalog.text AS "row" FROM ${from} r` : `SELECT * FROM ${from}`;
  const only = (one: string, other: string) => `(${rows(one)} EXCEPT ALL ${rows(other)})`;
  const fetched = (from: string) =>
    `(SELECT pg_catalog.json_agg(${cells('f')}) FROM (SELECT * FROM ${from} LIMIT ${FETCHED_ROWS}) f)`;
  return `${both(original, rewrite)},
  ${ONLY_ORIGINAL} AS MATERIALIZED ${only(ORIGINAL, REWRITTEN)},
  ${ONLY_REWRITTEN} AS MATERIALIZED ${only(REWRITTEN, ORIGINAL)}
SELECT ${countOf(ORIGINAL)} AS original, ${countOf(REWRITTEN)} AS rewritten,
       ${countOf(ONLY_ORIGINAL)} AS only_original, ${countOf(ONLY_REWRITTEN)} AS only_rewritten,
       coalesce((SELECT ${cells('f')} FROM (SELECT * FROM ${ORIGINAL} LIMIT 1) f),
                (SELECT ${cells('f')} FROM (SELECT * FROM ${REWRITTEN} LIMIT 1) f)) AS first,
       ${fetched(ONLY_ORIGINAL)} AS original_rows, ${fetched(ONLY_REWRITTEN)} AS rewritten_rows`;
}

/**
 * How many positions differ in their sort key, and the first of them. Rows with equal keys may come in any order, so
 * only keys count.
 * @param columns Number of columns. @param keys Positions of the sort keys, from 0.
 */
function orderSql(original: string, rewrite: string, columns: number, keys: readonly number[]): string {
  // A column may be a sort key twice.
  const own = [...new Set(keys)];
  const list = own.map(key => `c${key}`).join(', ');
  const row = (of: string) => `ROW(${own.map(key => `${of}.c${key}`).join(', ')})`;
  return `${both(original, rewrite, columns)}
SELECT pg_catalog.count(*) AS places, pg_catalog.min(coalesce(o.n, r.n)) AS first
FROM (SELECT pg_catalog.row_number() OVER () AS n, ${list} FROM ${ORIGINAL}) o
FULL JOIN (SELECT pg_catalog.row_number() OVER () AS n, ${list} FROM ${REWRITTEN}) r ON o.n OPERATOR(pg_catalog.=) r.n
WHERE ${differ(row('o'), row('r'))}`;
}

/**
 * Counts the rows of one side that LIMIT does not explain: the other side lacks them without its LIMIT, too, or their
 * sort key differs from that of its last row.
 * @param unlimited Both texts without LIMIT.
 */
function edgeSql(
  original: string,
  rewrite: string,
  unlimited: { readonly original: string; readonly rewrite: string },
  columns: number,
  keys: readonly number[],
): string {
  const row = (of: string) => `ROW(${keys.map(key => `${of}.c${key}`).join(', ')})`;
  const notAtEdge = (rows: string, answer: string) =>
    `(SELECT pg_catalog.count(*) FROM ${rows} d
      WHERE coalesce(${differ(row('d'), `(SELECT ${row('l')} FROM ${answer} l OFFSET greatest(${countOf(answer)} OPERATOR(pg_catalog.-) 1, 0) LIMIT 1)`)}, true))`;
  const foreign = (rows: string, all: string) =>
    countOf(`(SELECT * FROM ${rows} EXCEPT ALL SELECT * FROM (\n${all}\n) u) f`);
  return `${both(original, rewrite, columns)},
  ${ONLY_ORIGINAL} AS MATERIALIZED (SELECT * FROM ${ORIGINAL} EXCEPT ALL SELECT * FROM ${REWRITTEN}),
  ${ONLY_REWRITTEN} AS MATERIALIZED (SELECT * FROM ${REWRITTEN} EXCEPT ALL SELECT * FROM ${ORIGINAL})
SELECT ${[
    foreign(ONLY_REWRITTEN, unlimited.original),
    foreign(ONLY_ORIGINAL, unlimited.rewrite),
    notAtEdge(ONLY_ORIGINAL, ORIGINAL),
    notAtEdge(ONLY_REWRITTEN, REWRITTEN),
  ].join('\n OPERATOR(pg_catalog.+) ')} AS real`;
}

interface Difference {
  readonly columns: readonly string[];
  /** All rows that only one side has. */
  readonly original: readonly Cells[];
  readonly rewrite: readonly Cells[];
}

interface Reason {
  readonly verdict: 'same but for ties' | 'different';
  readonly explanation: string;
}

/** Relative tolerance: a sum of floating point numbers depends on the order of its terms. */
const LAST_DIGITS = 1e-9;

/** @returns undefined where the rows themselves give no reason. */
function reasonFor(difference: Difference, shapes: readonly QueryShape[]): Reason | undefined {
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
    const why = `the sort key of ${open.function}() is not among the columns`;
    return { verdict: 'different', explanation: `${what}; it is unknown whether ties explain it: ${why}` };
  }
  const moving = [...ties.values()].find(({ values }) => values === 'other');
  if (moving !== undefined) {
    const by = (moving.over ?? []).map(at => columns[at]).join(', ');
    const rows = by === '' ? 'rows' : `rows with equal ${by}`;
    const why = `${moving.function}() takes other values when ${rows} change places, which the query allows`;
    return { verdict: 'different', explanation: `${what}; it is unknown whether ties explain it: ${why}` };
  }
  // Within a tie, values may move from row to row, but they stay the same values.
  const proven = [...ties.values()].every(({ column, over = [] }) => sameIn(difference, [column, ...over]));
  if (!proven) return { verdict: 'different', explanation: `${what}, and not only where rows tie` };
  const [tie] = ties.values();
  const by = (tie?.over ?? []).map(at => columns[at]).join(', ');
  return {
    verdict: 'same but for ties',
    explanation: `${what}: ${tie?.function}() numbers rows with equal ${by} in an order that the query does not determine`,
  };
}

function byLastDigits(difference: Difference): Reason | undefined {
  const { original, rewrite } = difference;
  const [ours, theirs] = [byRounded(original), byRounded(rewrite)];
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
  const isAlone = (at: number) => {
    const others = all.filter(other => other !== at);
    return others.length > 0 && sameIn(difference, others);
  };
  const column = all.find(isAlone);
  if (column === undefined) return undefined;
  return { verdict: 'different', explanation: `${rowsWord(difference)} only in ${columns[column]}` };
}

const rowsWord = ({ original }: Difference): string =>
  original.length === 1 ? 'one row differs' : `${formatCount(original.length)} rows differ`;

/** Whether both sides have the same rows, equally often, in these columns. */
function sameIn({ original, rewrite }: Difference, columns: readonly number[]): boolean {
  const keys = (rows: readonly Cells[]) => rows.map(row => JSON.stringify(columns.map(at => row[at]))).sort();
  const [ours, theirs] = [keys(original), keys(rewrite)];
  return ours.length === theirs.length && ours.every((key, at) => key === theirs[at]);
}

function byRounded(rows: readonly Cells[]): Map<string, Cells[]> {
  const groups = new Map<string, Cells[]>();
  for (const row of rows) {
    const key = JSON.stringify(row.map(round));
    append(groups, key, row);
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

/** Sends one statement in a read-only probe. @throws DatabaseError 57014 also after a timeout. */
export type Ask = (sql: string) => Promise<readonly Row[]>;

const NO_EQUALITY = '42883';
const CANCELED = '57014';
/** Another number of columns, or columns of other types. */
const UNLIKE = ['42601', '42804'];

/**
 * @param limitMs Limit of a statement, for the explanation.
 * @throws DatabaseError 57014 when `wasCancelled`; any other error becomes an answer.
 */
export async function orNotCompared(
  compare: () => Promise<AnswerCheck>,
  limitMs: number,
  wasCancelled: () => boolean,
): Promise<AnswerCheck> {
  try {
    return await compare();
  } catch (error) {
    if (!(error instanceof DatabaseError) || wasCancelled()) throw error;
    const { code, message } = error;
    if (UNLIKE.includes(code) && message.includes('EXCEPT'))
      return withoutRows('different', `the columns differ (${message})`);
    const reason = code === CANCELED ? `it took longer than ${formatMs(limitMs)}` : message;
    return withoutRows('not compared', reason);
  }
}

export const withoutRows = (verdict: AnswerCheck['verdict'], explanation: string): AnswerCheck => ({
  verdict,
  rows: undefined,
  differing: { original: 0, rewrite: 0 },
  columns: [],
  samples: { original: [], rewrite: [] },
  explanation,
  how: '',
});

export async function compareRewrite(ask: Ask, original: string, rewrite: string): Promise<AnswerCheck> {
  const shapes = [await shapeOf(original), await shapeOf(rewrite)] as const;
  let asText = false;
  const rows = await ask(differenceSql(original, rewrite, asText)).catch((error: unknown) => {
    if (!(error instanceof DatabaseError && error.code === NO_EQUALITY)) throw error;
    asText = true;
    return ask(differenceSql(original, rewrite, asText));
  });
  const [row = {}] = rows;
  const first = pairsOf(row.first);
  const found = {
    rows: { original: Number(row.original), rewrite: Number(row.rewritten) },
    differing: { original: Number(row.only_original), rewrite: Number(row.only_rewritten) },
    columns: asText ? ['row'] : first.map(([name]) => name),
  };
  // Sorted, so that the samples of both sides probably show the same rows.
  const only = { original: sortedRows(row.original_rows), rewrite: sortedRows(row.rewritten_rows) };
  const samples = { original: only.original.slice(0, SAMPLES), rewrite: only.rewrite.slice(0, SAMPLES) };
  const keys = asText || first.length === 0 ? [] : sortedBy(shapes[0].sortKeys, found.columns);
  const { differing } = found;
  const differs = differing.original + differing.rewrite > 0;
  const how = howOf(asText, differs, shapes[0], keys.length);
  const checked = (verdict: AnswerCheck['verdict'], explanation: string): AnswerCheck => ({
    ...found,
    samples,
    verdict,
    explanation,
    how,
  });
  if (!differs) {
    const order = keys.length === 0 ? undefined : await askOrder(ask, original, rewrite, first.length, keys);
    return order === undefined
      ? checked('same', rowsPhrase(found.rows.original))
      : checked('different', order);
  }
  const all = Math.max(differing.original, differing.rewrite) <= FETCHED_ROWS;
  const reason = all && !asText ? reasonFor({ columns: found.columns, ...only }, shapes) : undefined;
  if (reason?.verdict !== 'same but for ties' && differing.original === differing.rewrite) {
    const edge = asText
      ? undefined
      : await askEdge(ask, original, rewrite, shapes, found.columns, differing.original);
    if (edge !== undefined) return checked(edge.verdict, edge.explanation);
  }
  if (reason !== undefined) return checked(reason.verdict, reason.explanation);
  return checked(
    'different',
    `${rowsPhrase(differing.original)} only in the query’s answer, ${rowsPhrase(differing.rewrite)} only in the rewrite’s`,
  );
}

const rowsPhrase = (count: number): string => (count === 1 ? 'one row' : `${formatCount(count)} rows`);

function howOf(asText: boolean, differs: boolean, { sortKeys }: QueryShape, compared: number): string {
  const rows = asText
    ? 'compared as text, because a column’s type has no equality'
    : 'all rows counted and compared in the database';
  if (differs) return `${rows}; their order was not compared`;
  if (sortKeys.length === 0) return `${rows}; the query has no order`;
  if (compared === 0) return `${rows}; the order could not be compared`;
  const keys =
    compared === sortKeys.length ? '' : `, by the first ${compared} of ${sortKeys.length} sort keys`;
  return `${rows}, and their order${keys}`;
}

/** @returns What is wrong with the order; undefined where it is right. */
async function askOrder(
  ask: Ask,
  original: string,
  rewrite: string,
  columns: number,
  keys: readonly number[],
): Promise<string | undefined> {
  const [row = {}] = await ask(orderSql(original, rewrite, columns, keys));
  return Number(row.places) === 0
    ? undefined
    : `the same rows in another order, from row ${formatCount(Number(row.first))} on`;
}

/** Whether LIMIT alone explains the differing rows: it may return any of the rows that tie. */
async function askEdge(
  ask: Ask,
  original: string,
  rewrite: string,
  [ours, theirs]: readonly [QueryShape, QueryShape],
  columns: readonly string[],
  count: number,
): Promise<Reason | undefined> {
  const { sortKeys, unlimited } = ours;
  const keys = sortedBy(sortKeys, columns);
  if (unlimited === undefined || sortKeys.length === 0 || keys.length < sortKeys.length) return undefined;
  const without = { original: unlimited, rewrite: theirs.unlimited ?? rewrite };
  const [row = {}] = await ask(edgeSql(original, rewrite, without, columns.length, keys));
  if (Number(row.real) !== 0) return undefined;
  const rows = `${rowsPhrase(count)} at the edge of LIMIT ${count === 1 ? 'differs' : 'differ'}`;
  return {
    verdict: 'same but for ties',
    explanation: `${rows}: they are equal in all sort keys, and the query does not determine which of them it returns`,
  };
}

type Pair = readonly [string, string | null];

const pairsOf = (value: unknown): readonly Pair[] => (Array.isArray(value) ? (value as Pair[]) : []);

function sortedRows(value: unknown): readonly Cells[] {
  const rows = (Array.isArray(value) ? value : []).map(row => pairsOf(row).map(([, cell]) => cell));
  return rows
    .map(row => ({ row, key: row.join('\u0000') }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ row }) => row);
}

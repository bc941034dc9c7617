/** Compares what a query and its rewrite return, inside the database; only rows that differ travel. */
import { DatabaseError } from '../base/databaseError.ts';
import { formatCount, formatMs } from '../base/format.ts';
import type { Row } from '../database/link.ts';
import { type QueryShape, shapeOf } from '../workload/shape.ts';
import { type AnswerCheck, type Cells, SAMPLES } from './answer.ts';
import { differenceSql, edgeSql, FETCHED_ROWS, orderSql } from './answerSql.ts';
import { type Reason, reasonFor } from './judgeAnswer.ts';

/** Sends one statement in a read-only probe. @throws DatabaseError 57014 also when it took too long. */
export type Ask = (sql: string) => Promise<readonly Row[]>;

const NO_EQUALITY = '42883';
const CANCELED = '57014';
/** Another number of columns, or columns of other types. */
const UNLIKE = ['42601', '42804'];

/**
 * @param limitMs How long a statement may take, to say so.
 * @throws DatabaseError 57014 when `wasCancelled`; all else is an answer.
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
      return nothing('different', `the columns are not alike (${message})`);
    const reason = code === CANCELED ? `it took longer than ${formatMs(limitMs)}` : message;
    return nothing('not compared', reason);
  }
}

/** @throws as orNotCompared() */
export const compareAnswers = (
  ask: Ask,
  original: string,
  rewrite: string,
  limitMs: number,
  wasCancelled: () => boolean,
): Promise<AnswerCheck> => orNotCompared(() => compareRewrite(ask, original, rewrite), limitMs, wasCancelled);

export const nothing = (verdict: AnswerCheck['verdict'], explanation: string): AnswerCheck => ({
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
  // In one order, so that the samples of both sides are likely to be about the same things.
  const only = { original: sortedRows(row.original_rows), rewrite: sortedRows(row.rewritten_rows) };
  const samples = { original: only.original.slice(0, SAMPLES), rewrite: only.rewrite.slice(0, SAMPLES) };
  const keys = asText || first.length === 0 ? [] : shapes[0].sortedBy;
  const { differing } = found;
  const differs = differing.original + differing.rewrite > 0;
  const how = howOf(asText, differs, shapes[0], keys.length);
  const told = (verdict: AnswerCheck['verdict'], explanation: string): AnswerCheck => ({
    ...found,
    samples,
    verdict,
    explanation,
    how,
  });
  if (!differs) {
    const order = keys.length === 0 ? undefined : await askOrder(ask, original, rewrite, first.length, keys);
    return order === undefined ? told('same', rowsPhrase(found.rows.original)) : told('different', order);
  }
  const all = Math.max(differing.original, differing.rewrite) <= FETCHED_ROWS;
  const reason = all && !asText ? reasonFor({ columns: found.columns, ...only }, shapes) : undefined;
  if (reason?.verdict !== 'same but for ties' && differing.original === differing.rewrite) {
    const edge = asText
      ? undefined
      : await askEdge(ask, original, rewrite, shapes, first.length, differing.original);
    if (edge !== undefined) return told(edge.verdict, edge.explanation);
  }
  if (reason !== undefined) return told(reason.verdict, reason.explanation);
  return told(
    'different',
    `${rowsPhrase(differing.original)} only in the query’s answer, ${rowsPhrase(differing.rewrite)} only in the rewrite’s`,
  );
}

const rowsPhrase = (count: number): string => (count === 1 ? 'one row' : `${formatCount(count)} rows`);

function howOf(asText: boolean, differs: boolean, { sortKeys }: QueryShape, compared: number): string {
  const rows = asText
    ? 'compared as text, because a column’s type has no equality'
    : 'all rows counted and compared in the database';
  if (differs) return `${rows}; other rows have no order to compare`;
  if (sortKeys === 0) return `${rows}; the query has no order`;
  if (compared === 0) return `${rows}; the order could not be compared`;
  const keys = compared === sortKeys ? '' : `, as far as the first ${compared} of ${sortKeys} sort keys go`;
  return `${rows}, and their order${keys}`;
}

/** @returns What is wrong with the order; undefined where nothing is. */
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

/** Whether the rows that differ are those that LIMIT may or may not let through. */
async function askEdge(
  ask: Ask,
  original: string,
  rewrite: string,
  [ours, theirs]: readonly [QueryShape, QueryShape],
  columns: number,
  count: number,
): Promise<Reason | undefined> {
  const { sortedBy, sortKeys, unlimited } = ours;
  if (unlimited === undefined || sortKeys === 0 || sortedBy.length < sortKeys) return undefined;
  const without = { original: unlimited, rewrite: theirs.unlimited ?? rewrite };
  const [row = {}] = await ask(edgeSql(original, rewrite, without, columns, sortedBy));
  if (Number(row.real) !== 0) return undefined;
  const rows = `${rowsPhrase(count)} at the edge of LIMIT ${count === 1 ? 'differs' : 'differ'}`;
  return {
    verdict: 'same but for ties',
    explanation: `${rows}: they are equal in all sort keys, and the query does not fix which of them are let through`,
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

/** Approximate indexes, which change answers: their access methods, and the recall of an answer (plannedText.ts). */
import { asUser, type Sql } from '../database/guard.ts';
import type { Row } from '../database/link.ts';
import { type AnswerCheck, SAMPLES } from './answers.ts';

/** Access methods of pgvector and related extensions. */
const METHODS: ReadonlySet<string> = new Set(['hnsw', 'ivfflat', 'diskann', 'vchordrq', 'vchordg']);

export const isApproximate = (method: unknown): boolean => METHODS.has(String(method));

/** No more rows than this are compared. */
const MOST = 20_000;

export const rowsSql = (sql: string): Sql =>
  asUser(`SELECT f::pg_catalog.text AS "pgopt~row" FROM (\n${sql}\n) f LIMIT ${MOST}`);

/** How many rows of the exact answer came back. Pure. */
export function recallOf(exact: readonly Row[], approximate: readonly Row[]): AnswerCheck {
  const textOf = (row: Row) => String(row['pgopt~row']);
  const left = new Map<string, number>();
  for (const row of exact.map(textOf)) left.set(row, (left.get(row) ?? 0) + 1);
  const foreign: string[] = [];
  for (const row of approximate.map(textOf)) {
    const count = left.get(row) ?? 0;
    if (count === 0) foreign.push(row);
    else left.set(row, count - 1);
  }
  const missing = [...left].flatMap(([row, count]) => Array.from({ length: count }, () => row));
  const found = exact.length - missing.length;
  const isSame = missing.length === 0 && foreign.length === 0;
  const cells = (rows: readonly string[]) => rows.slice(0, SAMPLES).map(row => [row]);
  return {
    verdict: isSame ? 'same' : 'different',
    rows: { original: exact.length, rewrite: approximate.length },
    differing: { original: missing.length, rewrite: foreign.length },
    columns: ['row'],
    samples: { original: cells(missing), rewrite: cells(foreign) },
    explanation: `recall ${found} of ${exact.length}: the index is approximate${isSame ? ', and found all rows for these values' : ''}`,
    how: 'the rows without the index were compared with those with it, in any order',
    recall: { found, exact: exact.length },
  };
}

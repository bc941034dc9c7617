/** What came of holding a rewrite's answer against its query's: the verdict, why, and some of the rows that differ. */
import { formatCount, sanitize } from '../../base/format.ts';
import type { AnswerCheck, Cells } from '../../session/events.ts';
import { type Line, truncate, wrap } from '../cell.ts';
import { answerOf, answerSpan } from '../model/answer.ts';
import type { State } from '../state/types.ts';

/** Empty where no rewrite is planned, or it was not compared yet. */
export function answerLines(state: State, queryId: string, width: number): Line[] {
  const answer = answerOf(state, queryId);
  if (answer === undefined) return [];
  const verdict = `the answer: ${answer.verdict}: ${answer.explanation}`;
  return [
    [],
    ...wrap(sanitize(verdict), width).map(
      (line): Line => [{ ...answerSpan(answer), text: line, bold: true }],
    ),
    ...wrap(sanitize(answer.how), width).map((line): Line => [{ text: line, dim: true }]),
    ...sampleLines('only in the query’s answer', answer, 'original', width),
    ...sampleLines('only in the rewrite’s answer', answer, 'rewrite', width),
  ];
}

function sampleLines(
  title: string,
  answer: AnswerCheck,
  side: 'original' | 'rewrite',
  width: number,
): Line[] {
  const { columns, samples, differing } = answer;
  const rows = samples[side];
  if (rows.length === 0) return [];
  const of = rows.length < differing[side] ? ` (${rows.length} of ${formatCount(differing[side])})` : '';
  return [
    [{ text: `${title}${of}: ${sanitize(columns.join(' | '))}` }],
    ...rows.map((row): Line => [{ text: truncate(`  ${rowText(row)}`, width) }]),
  ];
}

export const rowText = (row: Cells): string => sanitize(row.map(cell => cell ?? 'NULL').join(' | '));

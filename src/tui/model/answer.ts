/** Whether the rewrite that is planned for a query returns what the query returns. */
import { formatRecall } from '../../base/format.ts';
import { type AnswerCheck, answerKey } from '../../session/events.ts';
import type { Span } from '../cell.ts';
import type { State } from '../state/state.ts';
import { plannedFor } from './selectors.ts';

/** How many of the rows came back through an approximate index: `8 of 10`. */
export function recallText(state: State, queryId: string): string | undefined {
  const recall = answerOf(state, queryId)?.recall;
  return recall === undefined ? undefined : formatRecall(recall);
}

/** undefined where no rewrite is planned, or it was not compared yet. */
export function answerOf(state: State, queryId: string): AnswerCheck | undefined {
  const planned = plannedFor(state, queryId, 'after');
  if (planned?.state !== 'planned' || planned.rewrite === undefined) return undefined;
  const answering = state.answers[answerKey(queryId, planned.rewrite)];
  return answering?.state === 'compared' ? answering.answer : undefined;
}

const MARKS: Readonly<Record<AnswerCheck['verdict'], Span>> = {
  same: { text: '=', color: 'green' },
  'same but for ties': { text: '≈', color: 'green' },
  different: { text: '≠', color: 'red', bold: true },
  'not compared': { text: '?', color: 'magenta' },
};

/** One cell beside the query's number; blank where there is nothing to say. */
export function answerMark(state: State, queryId: string): Span {
  const answer = answerOf(state, queryId);
  return answer === undefined ? { text: ' ' } : MARKS[answer.verdict];
}

/** The verdict in its color. */
export const answerSpan = ({ verdict }: AnswerCheck): Span => MARKS[verdict];

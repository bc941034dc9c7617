/** The SQL of the query in view: the text that is really planned. */

import { formatCount, sanitize } from '../../base/format.ts';
import type { AnswerCheck, Cells } from '../../session/events.ts';
import { rewriteOf } from '../../session/plannedText.ts';
import type { Query, Rewrite } from '../../workload/workload.ts';
import { type Line, truncate, wrap } from '../cell.ts';
import { answerOf, answerSpan } from '../model/answer.ts';
import { plannedFor, queryInView } from '../model/selectors.ts';
import { unknownReason } from '../model/unknown.ts';
import type { State } from '../state/state.ts';
import { sqlToLines } from './highlight.ts';
import { unusedProposals } from './unused.ts';

/** Why this rewrite is planned: it is the cheapest of several, or the only one. */
function whyOf({ rewrites }: Query, { needs }: Rewrite, on: readonly string[]): string {
  const possible = rewrites.filter(other => other.needs.every(id => on.includes(id)));
  const those = needs.length > 1 ? 'they are on' : 'that is on';
  return possible.length > 1
    ? `its estimated cost is the lowest of ${possible.length} rewrites that are on`
    : those;
}

export function sqlLines(state: State, width: number): Line[] {
  const query = queryInView(state);
  if (query === undefined) return [];
  const planned = plannedFor(state, query.id, 'after');
  const rewrite = planned?.state === 'planned' ? planned.rewrite : undefined;
  const rewritten = rewriteOf(query, rewrite);
  const { sql, file } = rewritten ?? query;
  const why =
    rewritten === undefined
      ? 'the query as it is written'
      : `the rewrite of the query that reads ${rewritten.needs.join(' and ')}, planned because ${whyOf(query, rewritten, state.on)}`;
  const { values } = query;
  const unknown = unknownReason(state, query.id, 'after') ?? unknownReason(state, query.id, 'before');
  const standing =
    values === undefined ? [] : [[{ text: `-- ${sanitize(`${values.label}: ${values.text}`)}`, dim: true }]];
  return [
    [{ text: `-- ${why} (${file})`, dim: true }],
    ...standing,
    ...(unknown === undefined
      ? []
      : wrap(sanitize(`-- effect unknown: ${unknown}`), width).map(
          (text): Line => [{ text, color: 'magenta' }],
        )),
    ...answerLines(state, query.id, width),
    ...unusedProposals(state, width),
    [],
    ...sqlToLines(sql, width),
  ];
}

/** Empty where no rewrite is planned, or it was not compared yet. */
function answerLines(state: State, queryId: string, width: number): Line[] {
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

const rowText = (row: Cells): string => sanitize(row.map(cell => cell ?? 'NULL').join(' | '));

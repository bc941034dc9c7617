/** Each query before and after, and whether its rewrite returns the same. Pure. */
import { BASELINE, compareConfigurations, planUnder, timeOf } from '../../advisor/survey.ts';
import { formatMs, formatThousands, round } from '../../format/index.ts';
import { code, table, text } from '../markdown.ts';
import { numberOf } from './effects.ts';
import type { Evidence } from './types.ts';
import { pCell, timeCell, verdictCell } from './words.ts';

export function queriesSection({ survey, kept }: Evidence): string {
  const rows = survey.queries.map(query => {
    const [before, after] = [planUnder(survey, query, BASELINE), planUnder(survey, query, kept)];
    const verdict = compareConfigurations(survey, query, BASELINE, kept);
    const time = after === undefined ? undefined : timeOf(after);
    const target = round(formatMs(query.targetMs));
    const missed = time !== undefined && time.ms > query.targetMs;
    return [
      numberOf(survey, query),
      text(query.title),
      query.failure === undefined ? timeCell(before) : `refused: ${text(query.failure)}`,
      query.failure === undefined ? timeCell(after) : '',
      verdictCell(verdict),
      pCell(verdict),
      time === undefined || (time.atLeast && !missed)
        ? `${target}: not measured`
        : `${target}: ${missed ? '**MISSED**' : 'met'}`,
      after?.rewrite === undefined ? '' : code(`@${after.rewrite}`),
    ];
  });
  const heading = ['#', 'query', 'before', 'after', 'verdict', 'p', 'target', 'reads'];
  return [
    '## Queries, before and after',
    table(heading, rows),
    'Times are planning and execution together: the median of the runs, the fastest and the slowest. How verdicts are reached: see [Method](#method).',
  ].join('\n\n');
}

export function answersSection({ survey }: Evidence): string {
  if (survey.answers.size === 0) return '';
  const rows = [...survey.answers].map(([key, answer]) => [
    code(key),
    answer.verdict === 'different' ? '**DIFFERENT**' : answer.verdict,
    answer.rows === undefined
      ? ''
      : `${formatThousands(answer.rows.original)} / ${formatThousands(answer.rows.rewrite)}`,
    [answer.explanation, answer.how]
      .filter(part => part !== '')
      .map(text)
      .join('; '),
  ]);
  return `## Do rewrites return the same?\n\n${table(['rewrite', 'answer', 'rows of query / rewrite', 'why'], rows)}`;
}

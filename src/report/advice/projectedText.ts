/** Each query's projected times under a choice: below each figure its interval, below the change the target. Pure. */
import type { Advice } from '../../advisor/advice/advice.ts';
import type { ChoiceModel } from '../../advisor/advice/models.ts';
import { projectedVerdictText } from '../../advisor/advice/words.ts';
import { formatMs, round } from '../../format/index.ts';
import { columns } from '../columns.ts';
import { fitted } from './fitted.ts';
import { queryCells } from './queryCells.ts';

export function projectedText(advice: Advice, choice: ChoiceModel, width: number): string {
  const table = (titleWidth: number) =>
    columns(
      ['#', 'query', 'before', 'after', 'change, target'],
      choice.queries.flatMap((row, index) => {
        const target = targetText(row.after, advice.queries[index]?.targetMs ?? 0);
        const cells = queryCells(advice, row, index, titleWidth);
        return [
          [...cells, about(row.before), about(row.after), projectedVerdictText(row.verdict)],
          ['', '', between(row.before), between(row.after), target],
        ];
      }),
      new Set([2, 3]),
    );
  return fitted(table, width);
}

type Time = ChoiceModel['queries'][number]['after'];

const about = (time: Time): string => (time === null ? 'not known' : `≈ ${formatMs(time.ms)}`);

function between(time: Time): string {
  const [low, high] = time?.interval ?? [];
  return low === undefined || high === undefined ? '' : `(${formatMs(low)} … ${formatMs(high)})`;
}

/** Only an interval that lies wholly on one side of it decides. */
function targetText(after: Time, targetMs: number): string {
  const target = round(formatMs(targetMs));
  const [low, high] = after?.interval ?? [];
  if (low === undefined || high === undefined) return `${target}: not known`;
  return `${target}: ${low >= targetMs ? 'MISSED' : high < targetMs ? 'met' : 'not clear'}`;
}

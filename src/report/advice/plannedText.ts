/** Which plans each proposal changes, where no times are known. Pure. */
import type { Advice } from '../../advisor/advice/advice.ts';
import { plansOfProposals } from '../../advisor/advice/planned.ts';
import { numbersText, PLANS_COLUMNS, PLANS_LEGEND } from '../../advisor/advice/plannedWords.ts';
import { bytesText, configurationText } from '../../advisor/advice/words.ts';
import { columns } from '../columns.ts';
import { fitted } from './fitted.ts';
import { cut, wrap } from './wrap.ts';

export function plannedText(advice: Advice, width: number): string[] {
  if (advice.proposals.length === 0) return ['No proposal could be built: there is nothing to compare.'];
  const table = (nameWidth: number) =>
    columns(
      ['proposal', ...PLANS_COLUMNS],
      plansOfProposals(advice).map(({ id, bytes, alone, added, read, readByAny }) => [
        cut(configurationText(advice, [id]), nameWidth),
        bytesText(bytes),
        ...[alone, added, read, readByAny].map(queries => numbersText(advice, queries)),
      ]),
      new Set([1]),
    );
  return [`Proposals\n${wrap(PLANS_LEGEND, width, '')}\n${fitted(table, width)}`];
}

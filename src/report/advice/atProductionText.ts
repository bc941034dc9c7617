/** The advice for production size → sections of text. */
import type { Advice } from '../../advisor/advice/advice.ts';
import { judgedOnly, plansOfProposals } from '../../advisor/advice/planned.ts';
import {
  GROWN_HERE,
  numbersText,
  OF_LENS,
  PLANS_COLUMNS,
  PLANS_LEGEND,
  plansCountedText,
  samePlansText,
} from '../../advisor/advice/plannedWords.ts';
import { bytesText, configurationText, plural } from '../../advisor/advice/words.ts';
import { sanitize } from '../../base/format.ts';
import { columns } from '../columns.ts';
import type { AheadModel } from './atProduction.ts';
import { fitted } from './fitted.ts';
import { frontierText } from './frontierText.ts';
import { keepText } from './headText.ts';
import { matrixText } from './matrixText.ts';
import { sentenceSections } from './sentenceSections.ts';
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

/** @param isFile The advice is about a lens file, not about a database that was grown here. */
export function aheadText(ahead: AheadModel, width: number, isFile: boolean): string[] {
  const { sizes } = ahead;
  const isTimed = sizes.length > 0;
  const heading = 'AT PRODUCTION SIZE';
  const how = isTimed
    ? `Plans and bytes are those of a lens, grown from the statistics at ${sizes.at(-1)}. Times are projected from runs of those plans at ${sizes.join(', ')}: nothing was run there.`
    : isFile
      ? OF_LENS
      : GROWN_HERE;
  return [
    `${heading}\n${'═'.repeat(heading.length)}\n${wrap(how, width, '')}`,
    ...(isTimed ? keepText(ahead, width) : []),
    ...samePlans(ahead, width),
    ...(isTimed ? matrixText(ahead, width) : plannedText(ahead, width)),
    ...sentenceSections(isTimed ? ahead : judgedOnly(ahead), width),
    ...(isTimed ? frontierText(ahead, width) : []),
    sureness(ahead, width),
  ];
}

function samePlans(ahead: AheadModel, width: number): string[] {
  const text = samePlansText(ahead);
  return text === undefined ? [] : [wrap(text, width, '')];
}

function sureness(ahead: AheadModel, width: number): string {
  const { sizes, plans, remarks, test } = ahead;
  const all = plans.flatMap(query => query.plans);
  const checked = all.flatMap(({ check }) => (check === null || check.inside === null ? [] : [check.inside]));
  const unknown = all.filter(({ time }) => time.how === 'unknown');
  const reasons = new Set(unknown.flatMap(({ time }) => time.why ?? []));
  const lines = [
    plansCountedText(ahead),
    ...(sizes.length === 0
      ? []
      : [
          `"Faster" and "slower" are said only where the intervals of two plans have nothing in common, and the middles are ${Math.round((test.leastFactor - 1) * 100)} % apart. Totals go by the middles; nothing is kept for a difference that is not clear.`,
          checked.length === 0
            ? `Nothing checks the projection: that needs three sizes, and these are ${sizes.length}.`
            : `The check: the times at ${sizes.at(-1)}, foretold from the smaller sizes, lay inside their intervals for ${checked.filter(inside => inside).length} of ${plural(checked.length, 'plan')}.`,
          'What building, refreshing and writing cost there is not known.',
          ...[...reasons].map(
            why => `Unknown of ${unknown.filter(({ time }) => time.why === why).length}: ${why}.`,
          ),
        ]),
    ...remarks,
  ];
  return [
    'What production is taken to be, and how sure this is',
    ...lines.map(line => wrap(sanitize(`  ${line}`), width, '  ')),
  ].join('\n');
}

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
import { bytesText, configurationText } from '../../advisor/advice/words.ts';
import { plural, sanitize } from '../../base/format.ts';
import { columns } from '../columns.ts';
import type { ProductionAdvice } from './atProduction.ts';
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
export function productionAdviceText(production: ProductionAdvice, width: number, isFile: boolean): string[] {
  const { sizes } = production;
  const isTimed = sizes.length > 0;
  const heading = 'AT PRODUCTION SIZE';
  const how = isTimed
    ? `Plans and sizes come from a lens, grown from the statistics at ${sizes.at(-1)}. Times are projected from runs of those plans at ${sizes.join(', ')}; nothing ran at production size.`
    : isFile
      ? OF_LENS
      : GROWN_HERE;
  return [
    `${heading}\n${'═'.repeat(heading.length)}\n${wrap(how, width, '')}`,
    ...(isTimed ? keepText(production, width) : []),
    ...samePlans(production, width),
    ...(isTimed ? matrixText(production, width) : plannedText(production, width)),
    ...sentenceSections(isTimed ? production : judgedOnly(production), width),
    ...(isTimed ? frontierText(production, width) : []),
    sureness(production, width),
  ];
}

function samePlans(production: ProductionAdvice, width: number): string[] {
  const text = samePlansText(production);
  return text === undefined ? [] : [wrap(text, width, '')];
}

function sureness(production: ProductionAdvice, width: number): string {
  const { sizes, plans, remarks, test } = production;
  const all = plans.flatMap(query => query.plans);
  const checked = all.flatMap(({ check }) => (check === null || check.inside === null ? [] : [check.inside]));
  const unknown = all.filter(({ time }) => time.how === 'unknown');
  const reasons = new Set(unknown.flatMap(({ time }) => time.why ?? []));
  const lines = [
    plansCountedText(production),
    ...(sizes.length === 0
      ? []
      : [
          `A query counts as faster or slower only if the intervals of the two plans do not overlap and their middles differ by ${Math.round((test.leastFactor - 1) * 100)} %. Totals use the middles; an unclear difference is no reason to keep a proposal.`,
          checked.length === 0
            ? `The projection is unchecked: a check needs three sizes, and there are ${sizes.length}.`
            : `Check: predicted from the smaller sizes, the times at ${sizes.at(-1)} lay inside their intervals for ${checked.filter(inside => inside).length} of ${plural(checked.length, 'plan')}.`,
          'The cost of building, refreshing and writing there is unknown.',
          ...[...reasons].map(
            why => `Unknown of ${unknown.filter(({ time }) => time.why === why).length}: ${why}.`,
          ),
        ]),
    ...remarks,
  ];
  return [
    'What this assumes about production, and how sure it is',
    ...lines.map(line => wrap(sanitize(`  ${line}`), width, '  ')),
  ].join('\n');
}

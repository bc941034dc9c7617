/** The advice for production size → sections of text. Pure. */
import { judgedOnly } from '../../advisor/advice/planned.ts';
import { GROWN_HERE, OF_LENS, plansCountedText, samePlansText } from '../../advisor/advice/plannedWords.ts';
import { plural } from '../../advisor/advice/words.ts';
import { sanitize } from '../../format/index.ts';
import type { AheadModel } from './ahead.ts';
import { frontierText } from './frontierText.ts';
import { keepText } from './headText.ts';
import { matrixText } from './matrixText.ts';
import { plannedText } from './plannedText.ts';
import { sentenceSections } from './sentenceSections.ts';
import { wrap } from './wrap.ts';

/** @param isFile It is of a lens file, not grown from a database here. */
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

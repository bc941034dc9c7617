/** The advice for production size → sections of text. Pure. */
import { configurationText, plural } from '../../advisor/advice/words.ts';
import { formatBytes, harmless } from '../../format/index.ts';
import type { AheadModel } from './ahead.ts';
import { frontierText } from './frontierText.ts';
import { keepText } from './headText.ts';
import { matrixText } from './matrixText.ts';
import { plannedText } from './plannedText.ts';
import { sentenceSections } from './sentenceSections.ts';
import { wrap } from './wrap.ts';

export function aheadText(ahead: AheadModel, width: number): string[] {
  const { sizes } = ahead;
  const isTimed = sizes.length > 0;
  const heading = 'AT PRODUCTION SIZE';
  const how = isTimed
    ? `Plans and bytes are those of a lens, grown from the statistics at ${sizes.at(-1)}. Times are projected from runs of those plans at ${sizes.join(', ')}: nothing was run there.`
    : 'Plans and bytes are those of a lens, grown from the statistics here. Nothing was run there, and nothing is said of times.';
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

/** Where nothing has a time, no time is judged: the heading has said so, and what helps nothing is in the table of plans. */
const judgedOnly = (ahead: AheadModel): AheadModel => ({
  ...ahead,
  matrix: ahead.matrix.map(column => ({ ...column, helps: 'unknown' })),
  requirements: ahead.requirements.filter(({ state }) => state !== 'not measured'),
});

function samePlans(ahead: AheadModel, width: number): string[] {
  const { samePlans: smallest, everything } = ahead;
  if (smallest === null) return [];
  const [kept, all] = [smallest, everything].map(({ costs }) => formatBytes(costs.bytes));
  const rest = everything.proposals.filter(id => !smallest.proposals.includes(id));
  const text =
    rest.length === 0
      ? `Leaving any one of the proposals (${all}) out changes some query's plan: they all make a difference to the planner there.`
      : `${configurationText(ahead, smallest.proposals)} (${kept} of ${all}) give every query the plan that all proposals give it: there ${configurationText(ahead, rest)} would change no plan.`;
  return [wrap(text, width, '')];
}

function sureness(ahead: AheadModel, width: number): string {
  const { sizes, plans, remarks, effort, test } = ahead;
  const all = plans.flatMap(query => query.plans);
  const checked = all.flatMap(({ check }) => (check === null || check.inside === null ? [] : [check.inside]));
  const unknown = all.filter(({ time }) => time.how === 'unknown');
  const reasons = new Set(unknown.flatMap(({ time }) => time.why ?? []));
  const lines = [
    `${plural(all.length, 'distinct plan')} in ${effort.cells.toLocaleString('en-US')} (query, configuration); ${effort.asked} asked for, ${effort.inferred.toLocaleString('en-US')} inferred${effort.verified === 0 ? '' : `, ${effort.verified} of those asked for all the same: the planner disagreed in ${effort.disagreed}`}.`,
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
    ...lines.map(line => wrap(harmless(`  ${line}`), width, '  ')),
  ].join('\n');
}

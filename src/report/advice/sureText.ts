/** The effort of the advice, and its uncertainty. */

import { formatMs, formatThousands, plural } from '../../base/format.ts';
import type { AdviceDocument } from './document.ts';
import { wrap } from './wrap.ts';

export function sureText(document: AdviceDocument, width: number): string[] {
  const lines = (heading: string, texts: readonly string[]) =>
    [heading, ...texts.map(text => wrap(`  ${text}`, width, '  '))].join('\n');
  return [lines('What it took', effort(document)), lines('How sure this is', sureness(document))];
}

function effort({ effort }: AdviceDocument): string[] {
  const { explains, executions, builds, cells, asked, inferred, verified, disagreed, bruteForce } = effort;
  const known = `PostgreSQL planned ${formatThousands(asked)} of ${plural(cells, 'pair')} of query and configuration; ${formatThousands(inferred)} plans were inferred`;
  return [
    `${plural(explains, 'EXPLAIN')}, ${plural(executions, 'execution')}, ${plural(builds, 'build')} in ${formatMs(effort.elapsedMs)}.`,
    `${known}.`,
    ...(verified === 0
      ? []
      : [`${plural(verified, 'inferred plan')} checked: the planner disagreed in ${disagreed}.`]),
    `Brute force would take ${plural(bruteForce.explains, 'EXPLAIN')}, ${plural(bruteForce.executions, 'execution')} (${bruteForce.runsOfACell} of each) and ${plural(bruteForce.builds, 'build')}.`,
  ];
}

function sureness(document: AdviceDocument): string[] {
  const { test, exact, gap, configurations, proposals, budgetSpent, complete } = document;
  return [
    `A query counts as faster or slower if the ${test.name} on its interleaved runs is clear and the times differ by at least ${Math.round((test.leastFactor - 1) * 100)} %. The test looks at the runs up to ${inWords(test.looks.length)} times: after ${test.looks.map(({ rounds, alpha }) => `${rounds} of each (clear at p ≤ ${alpha})`).join(', ')}, or at few of a slow plan and more of a fast one. Noise decides at most ${Math.round(test.alpha * 100)} % of such comparisons; of many, some may be wrong.`,
    'All figures hold for this database and machine, with warm caches.',
    ...(budgetSpent ? ['The time for measuring ran out: some differences are undecided.'] : []),
    ...(complete ? [] : ['The survey was stopped before it was complete.']),
    ...(exact
      ? []
      : [
          `Not exhaustive: the survey examined ${formatThousands(configurations)} of the ${formatThousands(2 ** proposals.length)} configurations of ${plural(proposals.length, 'proposal')}. ${gapText(gap)}`,
        ]),
  ];
}

function gapText(gap: number | null): string {
  if (gap === null) return 'How much better another one may be is unknown.';
  return gap < 0.005
    ? 'By the known plans, no other one is faster than the recommendation.'
    : `By the known plans, another one may take up to ${Math.ceil((100 * gap) / (1 + gap))} % less time than the recommendation.`;
}

const inWords = (count: number) =>
  ['no', 'one', 'two', 'three', 'four', 'five', 'six'][count] ?? String(count);

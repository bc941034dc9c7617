/** The effort of the advice, and its uncertainty. */

import { plural } from '../../advisor/advice/words.ts';
import { formatMs, formatThousands } from '../../base/format.ts';
import type { AdviceDocument } from './document.ts';
import { wrap } from './wrap.ts';

export function sureText(document: AdviceDocument, width: number): string[] {
  const lines = (heading: string, texts: readonly string[]) =>
    [heading, ...texts.map(text => wrap(`  ${text}`, width, '  '))].join('\n');
  return [lines('What it took', effort(document)), lines('How sure this is', sureness(document))];
}

function effort({ effort }: AdviceDocument): string[] {
  const { explains, executions, builds, cells, asked, inferred, verified, disagreed, bruteForce } = effort;
  const known = `${plural(asked, 'plan')} of ${formatThousands(cells)} (query, configuration) were asked for, ${formatThousands(inferred)} inferred`;
  return [
    `${plural(explains, 'EXPLAIN')}, ${plural(executions, 'execution')}, ${plural(builds, 'build')} in ${formatMs(effort.elapsedMs)}.`,
    `${known}.`,
    ...(verified === 0
      ? []
      : [
          `${plural(verified, 'inferred plan')} asked for all the same: the planner disagreed in ${disagreed}.`,
        ]),
    `Brute force would take ${plural(bruteForce.explains, 'EXPLAIN')}, ${plural(bruteForce.executions, 'execution')} (${bruteForce.runsOfACell} of each) and ${plural(bruteForce.builds, 'build')}.`,
  ];
}

function sureness(document: AdviceDocument): string[] {
  const { test, exact, gap, configurations, proposals, budgetSpent, complete } = document;
  return [
    `"Faster" and "slower" are the verdict of an ${test.name} of interleaved runs, and at least ${Math.round((test.leastFactor - 1) * 100)} %. Runs are looked at up to ${inWords(test.looks.length)} times: after ${test.looks.map(({ rounds, alpha }) => `${rounds} of each (clear at p ≤ ${alpha})`).join(', ')}, or few of a slow plan against more of a fast one; so that of one comparison ${Math.round(test.alpha * 100)} % is the chance to be fooled by noise. Many comparisons are made: some of them may be.`,
    'Each number is of this database, this machine and warm caches.',
    ...(budgetSpent ? ['The time for measuring was spent: some differences are open.'] : []),
    ...(complete ? [] : ['The survey was stopped before it was complete.']),
    ...(exact
      ? []
      : [
          `Not exact: with ${plural(proposals.length, 'proposal')} ${plural(configurations, 'configuration')} of ${formatThousands(2 ** proposals.length)} were looked at. ${gapText(gap)}`,
        ]),
  ];
}

function gapText(gap: number | null): string {
  if (gap === null) return 'How much better another one may be is not known.';
  return gap < 0.005
    ? 'No other one is faster than what is recommended, going by the plans that are known.'
    : `Another one may take up to ${Math.ceil((100 * gap) / (1 + gap))} % less time than what is recommended, going by the plans that are known.`;
}

const inWords = (count: number) =>
  ['no', 'one', 'two', 'three', 'four', 'five', 'six'][count] ?? String(count);

/** Where the figures come from, how they were got, what they do not say, and how to get them again. Pure. */
import { positions } from '../../advisor/masks.ts';
import { ALPHA, LEAST_FACTOR, LEAST_MS, LOOKS } from '../../advisor/verdict.ts';
import { formatMs, formatThousands, percent } from '../../format/index.ts';
import { code, fence, table, text } from '../markdown.ts';
import type { Evidence } from './types.ts';

export function environmentSection(evidence: Evidence): string {
  const { server, database, program, at, surroundings, survey, repeat } = evidence;
  const { effort } = survey;
  const rows = [
    ['server', server],
    ['database', database],
    ['program', program],
    ['date', at],
    ...surroundings,
    [
      'effort',
      `${formatThousands(effort.builds)} builds, ${formatThousands(effort.explains)} EXPLAINs, ${formatThousands(effort.executions)} executions in ${formatMs(effort.elapsedMs)}`,
    ],
  ].map(([name = '', value = '']) => [text(name), text(value)]);
  return [
    '## Environment, and how to repeat it',
    table(['', ''], rows),
    fence('sh', [repeat]),
    'No password is in it: it comes from wherever it came from (PGPASSWORD, ~/.pgpass, --password).',
  ].join('\n\n');
}

export function methodSection({ survey, kept }: Evidence): string {
  const { effort, exact } = survey;
  const chosen = positions(kept).flatMap(position => survey.proposals[position] ?? []);
  const areWritesKnown = survey.proposals.some(({ writeMs }) => writeMs !== undefined);
  const unmeasured = chosen.filter(
    ({ kind, writeMs }) => writeMs === undefined && (areWritesKnown ? kind !== 'drop' : kind === 'index'),
  );
  const cells = `${formatThousands(effort.asked)} of ${formatThousands(effort.cells)} plans were asked for, ${formatThousands(effort.inferred)} inferred: a plan that uses a few of the proposals stays the cheapest where others are taken away`;
  const verified =
    effort.verified === 0
      ? ''
      : `; ${formatThousands(effort.verified)} of those were asked for all the same, and ${formatThousands(effort.disagreed)} were different`;
  const method = [
    'Everything was built for real in one transaction, measured, and rolled back.',
    `${cells}${verified}. ${exact ? 'Every configuration is accounted for.' : 'There are too many configurations for all of them: this is the best that was found.'}`,
    `The runs of what is compared were interleaved. *Faster* and *slower*: the exact permutation test on ranks at ${percent(ALPHA)}, shared by ${LOOKS.length} looks at the data, and a difference of at least ${percent(LEAST_FACTOR - 1 + 1e-9)} and ${LEAST_MS} ms. p is the chance of a difference like this one where there is none. In brackets: factors that the test does not rule out.`,
  ];
  const limits = [
    'Measured on these data, on this machine, by one client at a time: not in production. More rows, other values or other load may give other plans.',
    'Caches were warm: the first run of each plan is not counted.',
    'Plans are those for the values that stand in the queries; what a prepared statement’s generic plan would be was not looked at.',
    ...(chosen.some(({ kind }) => kind === 'view')
      ? [
          'A view that was just built has no visibility map: its index-only scans visit the heap here. After VACUUM they may be faster.',
          'A view shows the past between refreshes, and a refresh has its own cost, which is not in the run times.',
        ]
      : []),
    ...(chosen.some(({ objects }) => objects.some(({ usable }) => !usable))
      ? [
          'Indexes marked unusable could not be read in the transaction that built them (HOT chains): their effect is not measured.',
        ]
      : []),
    ...(unmeasured.length === 0
      ? []
      : [
          areWritesKnown
            ? `What these cost writers was not measured, and so not that of all together: ${unmeasured.map(({ id }) => code(id)).join(', ')}.`
            : 'What the indexes cost writers was not measured.',
        ]),
    ...(chosen.some(({ kind }) => kind === 'drop')
      ? [
          'Queries that are not in the workload may use an index that is dropped, and so may replicas: watch idx_scan first.',
        ]
      : []),
    'Sizes are those of freshly built objects: with updates indexes grow.',
  ];
  const list = (items: readonly string[]) => items.map(item => `- ${item}`).join('\n');
  return `## Method\n\n${list(method)}\n\n## What these figures do not say\n\n${list(limits)}`;
}

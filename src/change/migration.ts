/** Steps → migration.sql and rollback.sql. Pure. */
import { literal } from '../base/sql.ts';
import type { ChangeFacts } from '../database/changeFacts.ts';
import { allThere, nothingInTheWay } from './checks.ts';
import { madeBy, migrationHeader, type Origin } from './header.ts';
import { comment, preamble, statements } from './sqlText.ts';
import type { Kept, Made, Phase, SqlStep, Step } from './types.ts';

const HEADINGS: Readonly<Record<Phase, readonly string[]>> = {
  statistics: ['=== Extended statistics: empty until the ANALYZE below'],
  indexes: ['=== Indexes on tables, the smallest first'],
  analyze: ['=== Statistics'],
  views: ['=== Materialized views'],
  drops: [
    '=== Indexes to drop',
    'Last, and best on another day: first see that all is well without them (their idx_scan in pg_stat_user_indexes stays',
    'where it is, also on every replica). Until then end the file here; building a large index anew takes long.',
  ],
};

export async function migrationText(
  steps: readonly Step[],
  facts: ChangeFacts,
  origin: Origin,
  kept: readonly Kept[],
): Promise<string> {
  const made = madeIn(steps);
  const blocks = await statements(
    steps.map((step, index) =>
      step.phase === steps[index - 1]?.phase ? step : { ...step, comment: headed(step) },
    ),
  );
  return joined([
    migrationHeader(origin, kept),
    ...preamble(literal(facts.searchPath)),
    ...(made.length === 0 ? [] : [nothingInTheWay(made)]),
    ...blocks,
    ...(made.length === 0 ? [] : allThere(made)),
  ]);
}

export async function rollbackText(
  steps: readonly Step[],
  facts: ChangeFacts,
  origin: Origin,
): Promise<string> {
  const undo = steps.toReversed().flatMap(step => step.undo);
  const made = madeIn(undo);
  return joined([
    comment([
      `${origin.title}: the way back from migration.sql, in reverse order`,
      '',
      madeBy(origin),
      '',
      'Apply it:',
      `  psql -X -f rollback.sql 'postgresql://…'`,
      'Never with --single-transaction. What is not there is passed over, so it may be run after a migration that failed',
      'halfway. It drops by name: where migration.sql said `there already`, look whose they are first.',
      'ANALYZE is not undone: it only made statistics newer.',
    ]),
    ...preamble(literal(facts.searchPath)),
    ...(await statements(undo)),
    ...(made.length === 0 ? [] : allThere(made)),
  ]);
}

const madeIn = (steps: readonly SqlStep[]): readonly Made[] =>
  steps.flatMap(({ makes }) => (makes === undefined ? [] : [makes]));

/** The comment of the first step of a phase. */
const headed = ({ phase, comment }: Step): readonly string[] => [
  ...HEADINGS[phase],
  ...(comment.length === 0 ? [] : ['', ...comment]),
];

const joined = (blocks: readonly string[]): string => `${blocks.join('\n\n')}\n`;

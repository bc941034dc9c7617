/** Steps → the texts of migration.sql and rollback.sql. */
import { formatBytes, formatMs } from '../base/format.ts';
import { literal } from '../base/sql.ts';
import { sum } from '../base/statistics.ts';
import type { ChangeFacts } from '../database/changeFacts.ts';
import { factsOf } from '../workload/proposalKinds.ts';
import type { Kept, Made, Phase, SqlStep, Step } from './plannedStep.ts';
import { anonymousBlock, comment, LOCK_TIMEOUT, preamble, statements } from './sqlText.ts';

/** Source of the figures. */
export interface Origin {
  /** The workload's title. */
  readonly title: string;
  /** `pgopt-explore 0.4.0` */
  readonly program: string;
  /** ISO 8601. */
  readonly at: string;
  /** `PostgreSQL 15.18` */
  readonly server: string;
  /** Display name of the database, without a password. */
  readonly database: string;
  readonly proposals: number;
}

function migrationHeader(origin: Origin, kept: readonly Kept[]): string {
  return comment([
    `${origin.title}: ${kept.length} of ${origin.proposals} proposals`,
    '',
    madeBy(origin),
    'Why: report.md. The way back: rollback.sql.',
    '',
    'Apply it:',
    `  psql -X -f migration.sql 'postgresql://…'`,
    'Never with --single-transaction: CREATE INDEX CONCURRENTLY cannot run in one. After a failure the statements before',
    'it stay done: run rollback.sql, which skips missing objects, then this file again.',
    '',
    'Who: the owner of the tables, or a superuser; for views and statistics with CREATE on their schema.',
    `Locks: above each statement. A statement that others would queue behind gives up after ${LOCK_TIMEOUT} (lock_timeout).`,
    'Long transactions hold up CONCURRENTLY: check pg_stat_activity first (xact_start).',
    '',
    ...sizes(kept),
  ]);
}

const madeBy = ({ at, program, server, database }: Origin): string =>
  `Made ${at} by ${program}, from measurements on ${server}, ${database}.`;

function sizes(kept: readonly Kept[]): string[] {
  const built = kept.flatMap(one => (one.built === undefined ? [] : [{ ...one, built: one.built }]));
  if (built.length === 0) return ['Disk and time: not known, nothing was built.'];
  const adding = built.filter(({ proposal }) => !factsOf(proposal).standsForExisting);
  const projected = adding.every(({ projectedBytes }) => projectedBytes !== undefined)
    ? sum(adding.map(({ projectedBytes = 0 }) => projectedBytes))
    : undefined;
  const freed = sum(built.map(one => one.built.freedBytes));
  return [
    `Disk: ${formatBytes(sum(built.map(one => one.built.bytes)))} on the data measured here${
      projected === undefined ? '' : `, ${formatBytes(projected)} projected at production size`
    }${freed === 0 ? '' : `; ${formatBytes(freed)} freed`}.`,
    'While it sorts, a build needs about as much again for temporary files.',
    `Time: ${formatMs(sum(built.map(one => one.built.buildMs)))} here, one after the other and not CONCURRENTLY, which takes longer.`,
    'A larger maintenance_work_mem makes it shorter.',
  ];
}

// Checks before and after the statements.

/** Every name with the object that has it now (oid, validity), if any. */
const found = (made: readonly Made[]): string => `
    FROM (VALUES
      ${made.map(row).join(',\n      ')}
    ) AS made (kind, schema, name)
    LEFT JOIN LATERAL (
      SELECT c.oid, coalesce(i.indisvalid, true) AS valid,
             i.indrelid IS NULL OR pg_catalog.pg_relation_size(i.indrelid) > 0 AS stored
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
      WHERE made.kind <> 'statistics' AND n.nspname = made.schema AND c.relname = made.name
      UNION ALL
      SELECT s.oid, true, false
      FROM pg_catalog.pg_statistic_ext s
      JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
      WHERE made.kind = 'statistics' AND n.nspname = made.schema AND s.stxname = made.name
    ) object ON true`;

const row = ({ kind, schema, name }: Made): string =>
  `(${literal(kind)}, ${schema === undefined ? 'pg_catalog.current_schema()::text' : literal(schema)}, ${literal(name)})`;

/** IF NOT EXISTS would accept an invalid index that a failed CREATE INDEX CONCURRENTLY left. */
function nothingInTheWay(made: readonly Made[]): string {
  const block = anonymousBlock(
    'before',
    `DECLARE
  taken text;
BEGIN
  SELECT string_agg(format('%s %I.%I%s', made.kind, made.schema, made.name,
                           CASE WHEN object.valid THEN '' ELSE ' (invalid: its build failed)' END), ', ')
    INTO taken${found(made)}
    WHERE object.oid IS NOT NULL;
  IF taken IS NOT NULL THEN
    RAISE EXCEPTION 'there already: %', taken
      USING HINT = 'If an earlier run of this file left them, run rollback.sql, then this file again.';
  END IF;
END`,
  );
  return `${comment(['These names must be free, also of invalid indexes that a failed build left.'])}\n${block}`;
}

function allThere(made: readonly Made[]): readonly string[] {
  const list = `SELECT made.kind, made.schema, made.name,
       CASE WHEN object.oid IS NULL THEN 'MISSING' WHEN object.valid THEN 'valid' ELSE 'INVALID' END AS state,
       CASE WHEN object.stored THEN pg_catalog.pg_size_pretty(pg_catalog.pg_table_size(object.oid)) END AS size${found(made)}
    ORDER BY 1, 2, 3;`;
  const block = anonymousBlock(
    'after',
    `DECLARE
  wrong text;
BEGIN
  SELECT string_agg(format('%s %I.%I', made.kind, made.schema, made.name), ', ')
    INTO wrong${found(made)}
    WHERE object.oid IS NULL OR NOT object.valid;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'missing or invalid: %', wrong
      USING HINT = 'Drop what is invalid with DROP INDEX CONCURRENTLY, and build it again.';
  END IF;
END`,
  );
  return [
    `${comment(['The result. Without a size: the rows are in partitions, in chunks or on other servers, or there are none.'])}\n${list}`,
    block,
  ];
}

// The files.

const HEADINGS: Readonly<Record<Phase, readonly string[]>> = {
  statistics: ['=== Extended statistics: empty until the ANALYZE below'],
  indexes: ['=== Indexes on tables, the smallest first'],
  analyze: ['=== Statistics'],
  views: ['=== Materialized views'],
  drops: [
    '=== Indexes to drop',
    'Last, and better on another day: first make sure that nothing needs them (idx_scan in pg_stat_user_indexes does not',
    'rise, also on every replica). Until then end the file here, as rebuilding a large index takes long.',
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
      'Never with --single-transaction. Missing objects are skipped, so it can also run after a migration that failed',
      'halfway. It drops by name: where migration.sql said `there already`, check first whose they are.',
      'ANALYZE is not undone: it only refreshed statistics.',
    ]),
    ...preamble(literal(facts.searchPath)),
    ...(await statements(undo)),
    ...(made.length === 0 ? [] : allThere(made)),
  ]);
}

const madeIn = (steps: readonly SqlStep[]): readonly Made[] =>
  steps.flatMap(({ makes }) => (makes === undefined ? [] : [makes]));

/** With the heading of its phase, for the first step of the phase. */
const headed = ({ phase, comment }: Step): readonly string[] => [
  ...HEADINGS[phase],
  ...(comment.length === 0 ? [] : ['', ...comment]),
];

const joined = (blocks: readonly string[]): string => `${blocks.join('\n\n')}\n`;

/** What a person should know before running a migration: the comment at its top. Pure. */
import { formatBytes, formatMs } from '../format/index.ts';
import { comment, LOCK_TIMEOUT } from './sqlText.ts';
import type { Kept } from './types.ts';

/** Where the figures come from. */
export interface Origin {
  /** The workload's title. */
  readonly title: string;
  /** `pgopt-explore 0.4.0` */
  readonly program: string;
  /** ISO 8601. */
  readonly at: string;
  /** `PostgreSQL 15.18` */
  readonly server: string;
  /** How a person calls the database; no password in it. */
  readonly database: string;
  readonly proposals: number;
}

export function migrationHeader(origin: Origin, kept: readonly Kept[]): string {
  return comment([
    `${origin.title}: ${kept.length} of ${origin.proposals} proposals`,
    '',
    madeBy(origin),
    'Why: report.md. The way back: rollback.sql.',
    '',
    'Apply it:',
    `  psql -X -f migration.sql 'postgresql://…'`,
    'Never with --single-transaction: CREATE INDEX CONCURRENTLY cannot run in one. So a failure leaves what was done before',
    'it: run rollback.sql, which passes over what is not there, then this file again.',
    '',
    'Who: the owner of the tables, or a superuser; for views and statistics with CREATE on their schema.',
    `Locks: above each statement. What others would queue up behind gives up after ${LOCK_TIMEOUT} (lock_timeout).`,
    'Long transactions hold up CONCURRENTLY: look for them in pg_stat_activity first (xact_start).',
    '',
    ...sizes(kept),
  ]);
}

export const madeBy = ({ at, program, server, database }: Origin): string =>
  `Made ${at} by ${program}, from measurements on ${server}, ${database}.`;

function sizes(kept: readonly Kept[]): string[] {
  const built = kept.flatMap(one => (one.built === undefined ? [] : [{ ...one, built: one.built }]));
  if (built.length === 0) return ['Disk and time: not known, nothing was built.'];
  const sum = (of: (one: (typeof built)[number]) => number) =>
    built.reduce((total, one) => total + of(one), 0);
  const adding = built.filter(({ proposal }) => proposal.kind !== 'drop');
  const projected = adding.every(({ projectedBytes }) => projectedBytes !== undefined)
    ? adding.reduce((total, { projectedBytes = 0 }) => total + projectedBytes, 0)
    : undefined;
  const freed = sum(one => one.built.freedBytes);
  return [
    `Disk: ${formatBytes(sum(one => one.built.bytes))} on the data measured here${
      projected === undefined ? '' : `, ${formatBytes(projected)} projected at production size`
    }${freed === 0 ? '' : `; ${formatBytes(freed)} freed`}.`,
    'While it sorts, a build needs about as much again for temporary files.',
    `Time: ${formatMs(sum(one => one.built.buildMs))} here, one after the other and not CONCURRENTLY, which takes longer.`,
    'A larger maintenance_work_mem makes it shorter.',
  ];
}

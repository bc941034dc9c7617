/** The preflight as lines of text: for the explorer's screen and for stderr alike. Pure. */
import { formatBytes, formatCount, formatMs, percent, round } from '../format/index.ts';
import { ASSUMED_RATE } from '../session/preflight/build-estimate.ts';
import { lockText } from '../session/preflight/locks.ts';
import type { Preflight } from '../session/preflight/types.ts';
import type { Timeouts } from '../session/timeouts.ts';
import { columns } from './columns.ts';
import { warningsOf } from './preflightWarnings.ts';

/**
 * @param runTimeoutMs Of each measured run, ms.
 * @returns Lines without a trailing newline; nothing in them is cut.
 */
export function preflightLines(found: Preflight, timeouts: Timeouts, runTimeoutMs: number): string[] {
  const { server, tables, proposals } = found;
  const warnings = warningsOf(found);
  const total = proposals.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  return [
    `${server.database} on PostgreSQL ${server.version}, as ${server.user}${server.superuser ? ' (superuser)' : ''}${server.standby ? ', a standby' : ''}`,
    server.cannotBuild === undefined
      ? 'One transaction is opened, every proposal you switch on is built in it for real, and in the end it is rolled back.'
      : 'One transaction is opened, nothing is built in it, and in the end it is rolled back.',
    '',
    ...(warnings.length === 0 ? [] : ['Before you say yes', ...warnings.map(text => `  ! ${text}`), '']),
    ...(tables.length === 0
      ? ['No table of the workload is there.', '']
      : [
          ...columns(
            ['table', 'rows', 'size', 'all-visible', 'rows written', 'writing now'],
            tables.map(table => [
              table.schema === 'public' ? table.name : `${table.schema}.${table.name}`,
              formatCount(table.rows),
              formatBytes(table.bytes),
              percent(table.allVisible),
              formatCount(table.rowsWritten),
              table.writersNow === 0 ? '' : String(table.writersNow),
            ]),
            new Set([1, 2, 3, 4, 5]),
          ).split('\n'),
          '',
        ]),
    ...(proposals.length === 0
      ? []
      : [
          ...columns(
            ['proposal', 'takes', 'build'],
            proposals.map(({ id, bytes, buildMs, hypothetical }) => [
              id,
              bytes === undefined ? '?' : bytes === 0 ? 'nothing' : `about ${formatBytes(bytes)}`,
              hypothetical !== undefined || server.cannotBuild !== undefined
                ? 'not built'
                : buildMs === undefined
                  ? '?'
                  : buildMs === 0
                    ? 'is there'
                    : `about ${formatMs(buildMs)}`,
            ]),
            new Set([1, 2]),
          ).split('\n'),
          `${formatBytes(total)} of disk in all. Estimated: sizes from the catalog, builds at ${formatBytes(ASSUMED_RATE)} of table a second`,
          'until the first build shows the rate of this machine.',
          '',
          ...(proposals.every(({ locks }) => locks.length === 0)
            ? []
            : ['Locks, held until the session ends', ...lockLines(proposals), '']),
        ]),
    `The session tries to get a lock for ${time(timeouts.lockMs)}, a moment at a time; a build may take ${time(timeouts.statementMs)}, a measured run ${time(runTimeoutMs)}.`,
    timeouts.idleMs === 0
      ? 'The session may stand idle for any time (idle_in_transaction_session_timeout).'
      : `After ${time(timeouts.idleMs)} of standing idle the server ends it (idle_in_transaction_session_timeout).`,
    'While it is open, VACUUM cannot remove rows that are deleted meanwhile.',
  ];
}

/** Each lock once, with the proposals that take it. */
function lockLines(proposals: Preflight['proposals']): string[] {
  const takers = new Map<string, string[]>();
  for (const { id, locks } of proposals)
    for (const lock of locks.map(lockText)) takers.set(lock, [...(takers.get(lock) ?? []), id]);
  return [...takers].map(([lock, ids]) => `  ${lock} (${ids.join(', ')})`);
}

/** 0 is PostgreSQL's word for none. */
function time(ms: number): string {
  if (ms === 0) return 'any time';
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : round(formatMs(ms));
}

/**
 * The preflight as text for the explorer and for stderr, with reasons against going on and facts that affect the
 * figures.
 */

import { roleNotes } from '../advisor/roleNotes.ts';
import { formatBytes, formatCount, formatMs, percent, round } from '../base/format.ts';
import { append } from '../base/lists.ts';
import type { Timeouts } from '../session/options.ts';
import { ASSUMED_RATE } from '../session/preflight/buildEstimate.ts';
import type { Preflight } from '../session/preflight/facts.ts';
import { hidingLock, lockText } from '../session/preflight/locks.ts';
import { transactionText } from '../session/unusable.ts';
import { columns } from './columns.ts';

/** Statistics are stale above this share of changed rows: twice the default of autovacuum_analyze_scale_factor. */
const STALE = 0.2;
/** Below this share of all-visible pages, index-only scans often visit the table. */
const VISIBLE = 0.5;
const SMALL_BYTES = 8 * 1024 ** 2;

/** Sentences without a full stop, gravest first. */
export function warningsOf(found: Preflight): readonly string[] {
  const { server, tables, proposals, olderTransactions, tempLimitBytes } = found;
  const warnings: string[] = [];
  if (server.product !== undefined)
    warnings.push(`the server is ${server.product.name}: ${server.product.missing}`);
  if (server.cannotBuild !== undefined) warnings.push(server.cannotBuild);
  const hiding = hidingLock(server.hiding);
  if (hiding !== undefined && proposals.length > 0 && server.cannotBuild === undefined) warnings.push(hiding);
  for (const { name, writersNow, partitions } of tables) {
    const names = [name, ...partitions.map(partition => partition.name)];
    const locked = proposals.some(({ locks }) =>
      locks.some(({ mode, table }) => mode === 'SHARE' && names.includes(table ?? '')),
    );
    if (locked && writersNow > 0)
      warnings.push(
        `${writersNow} ${writersNow === 1 ? 'session is' : 'sessions are'} writing to ${name} now, and would wait`,
      );
  }
  for (const { name, everAnalyzed, changedSinceAnalyze, rows } of tables) {
    if (!everAnalyzed) warnings.push(`${name} was never analyzed: its plans are guesses (ANALYZE ${name})`);
    else if (changedSinceAnalyze !== undefined && changedSinceAnalyze > STALE && rows > 1000)
      warnings.push(
        `statistics of ${name} are stale: ${percent(Math.min(1, changedSinceAnalyze))} of its ${formatCount(rows)} rows changed since (ANALYZE ${name})`,
      );
  }
  for (const { name, allVisible, bytes } of tables)
    if (allVisible < VISIBLE && bytes > SMALL_BYTES)
      warnings.push(
        `only ${percent(allVisible)} of ${name} is all-visible: index-only scans will look worse than after VACUUM`,
      );
  if (olderTransactions.length > 0)
    warnings.push(
      `older transactions are open: ${olderTransactions.map(transactionText).join('; ')}. Locks may wait for them; an index on rows that change while they are open is unusable in this session`,
    );
  if (tempLimitBytes !== undefined)
    warnings.push(`temp_file_limit is ${formatBytes(tempLimitBytes)}: a larger build or query fails`);
  for (const { id, problem } of proposals)
    if (problem !== undefined) warnings.push(`${id} will fail: ${problem}`);
  if (server.cannotBuild === undefined)
    for (const [why, ids] of hypotheticalOnes(proposals))
      warnings.push(
        `${ids.join(', ')}: not built, only estimated through HypoPG where it knows such indexes, as hypothetical; ${why}`,
      );
  warnings.push(...roleNotes(found, server.user));
  for (const { name, queryIds } of found.unboundFunctions)
    warnings.push(
      `${queryIds.join(', ')}: runs ${name}(), a function of this database that is VOLATILE or in an untrusted language; the transaction is read-only, what the function does outside of it remains`,
    );
  for (const { queryId, reason } of found.brokenQueries)
    warnings.push(`${queryId} cannot be planned: ${reason}`);
  return warnings;
}

/** Reason why a proposal cannot be built → ids. */
function hypotheticalOnes(proposals: Preflight['proposals']): Map<string, string[]> {
  const ids = new Map<string, string[]>();
  for (const { id, hypothetical } of proposals) if (hypothetical !== undefined) append(ids, hypothetical, id);
  return ids;
}

/**
 * @param runTimeoutMs Limit of each measured run, ms.
 * @returns Lines of any length without a trailing newline.
 */
export function preflightLines(found: Preflight, timeouts: Timeouts, runTimeoutMs: number): string[] {
  const { server, tables, proposals } = found;
  const warnings = warningsOf(found);
  const known = proposals.every(({ bytes }) => bytes !== undefined);
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
          `${known ? '' : 'At least '}${formatBytes(total)} of disk in all. Estimated: sizes from the catalog, builds at ${formatBytes(ASSUMED_RATE)} of table a second`,
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

/** Each lock with the proposals that take it. */
function lockLines(proposals: Preflight['proposals']): string[] {
  const takers = new Map<string, string[]>();
  for (const { id, locks } of proposals) for (const lock of locks.map(lockText)) append(takers, lock, id);
  return [...takers].map(([lock, ids]) => `  ${lock} (${ids.join(', ')})`);
}

/** PostgreSQL writes 0 for no limit. */
function time(ms: number): string {
  if (ms === 0) return 'any time';
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : round(formatMs(ms));
}

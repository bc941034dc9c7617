/** What speaks against going on, or changes what will be seen. Pure. */

import { roleNotes } from '../advisor/roleNotes.ts';
import { formatBytes, formatCount, percent } from '../format/index.ts';
import { hidingLock } from '../session/preflight/locks.ts';
import type { Preflight } from '../session/preflight/types.ts';
import { transactionText } from '../session/unusable.ts';

/** From here on statistics are stale: autovacuum analyzes at a tenth (autovacuum_analyze_scale_factor). */
const STALE = 0.2;
/** Below this index-only scans go to the table for much of what they read. */
const VISIBLE = 0.5;
const SMALL_BYTES = 8 * 1024 ** 2;

/** Sentences without a full stop, the gravest first. */
export function warningsOf(found: Preflight): readonly string[] {
  const { server, tables, proposals, olderTransactions, tempLimitBytes } = found;
  const warnings: string[] = [];
  if (server.relative !== undefined)
    warnings.push(`the server is ${server.relative.name}: ${server.relative.missing}`);
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

/** Why they cannot be built → which. */
function hypotheticalOnes(proposals: Preflight['proposals']): Map<string, string[]> {
  const ids = new Map<string, string[]>();
  for (const { id, hypothetical } of proposals)
    if (hypothetical !== undefined) ids.set(hypothetical, [...(ids.get(hypothetical) ?? []), id]);
  return ids;
}

/** What a proposal costs writers → its part of the document of `check --json` (docs/check-json.md). Pure. */

import { compareWrites } from '../advisor/writes.ts';
import { median } from '../base/statistics.ts';
import type { ProposalCost, RefreshCost, WriteComparison } from '../session/cost.ts';
import type { WriteRuns } from '../session/writeRounds.ts';
import { refreshInterval } from '../workload/refresh.ts';
import type { Proposal } from '../workload/types.ts';

export type WriteCostModel = NonNullable<ReturnType<typeof writeCostModel>>;
export type WriteModel = WriteCostModel['tables'][number]['insert'];
export type RefreshModel = WriteCostModel['views'][number];

/** @returns null if it was not measured. */
export function writeCostModel(
  { file, ddl }: Pick<Proposal, 'file' | 'ddl'>,
  cost: ProposalCost | undefined,
) {
  if (cost === undefined) return null;
  const { tables, views } = cost;
  const staleMs = refreshInterval(file, ddl);
  return {
    tables: tables.map(({ table, insert, update, deadRows }) => ({
      table,
      insert: comparisonOf(insert),
      update: comparisonOf(update),
      deadRows,
    })),
    views: views.map(view => refreshOf(view, staleMs)),
  };
}

function comparisonOf(comparison: WriteComparison) {
  if ('reason' in comparison) {
    return {
      how: 'not measured' as const,
      reason: comparison.reason,
      without: null,
      with: null,
      change: null,
    };
  }
  return {
    how: 'measured' as const,
    reason: null,
    without: sideOf(comparison.without),
    with: sideOf(comparison.with),
    change: compareWrites(comparison.without, comparison.with),
  };
}

function sideOf({ rowsPerSecond, rows, walBytesPerRow, hot }: WriteRuns) {
  return {
    rows,
    rowsPerSecond: median(rowsPerSecond) ?? null,
    minRowsPerSecond: Math.min(...rowsPerSecond),
    maxRowsPerSecond: Math.max(...rowsPerSecond),
    walBytesPerRow: walBytesPerRow ?? null,
    hot: hot ?? null,
  };
}

function refreshOf(cost: RefreshCost, staleMs: number | undefined) {
  const { view, runsMs, blocksRead, blocksHit, temporaryBlocks, concurrently, reason } = cost;
  return {
    view,
    how: runsMs.length === 0 ? ('not measured' as const) : ('measured' as const),
    reason: reason ?? null,
    medianMs: median(runsMs) ?? null,
    runsMs,
    blocksRead: blocksRead ?? null,
    blocksHit: blocksHit ?? null,
    temporaryBlocks: temporaryBlocks ?? null,
    concurrently,
    staleMs: staleMs ?? null,
  };
}

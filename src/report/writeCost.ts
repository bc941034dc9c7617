/** The write cost of a proposal → its part of `check --json` (docs/check-json.md), and its text. */
import { compareWrites } from '../advisor/writes.ts';
import { formatBlocks, formatBytes, formatCount, formatMs, percent, plural } from '../base/format.ts';
import { median } from '../base/statistics.ts';
import type { ProposalCost, RefreshCost, WriteComparison } from '../session/cost.ts';
import type { WriteRuns } from '../session/writeRounds.ts';
import { refreshInterval } from '../workload/header.ts';
import type { Proposal } from '../workload/workload.ts';
import { columns } from './columns.ts';
import type { CheckDocument } from './document.ts';

type WriteCostModel = NonNullable<ReturnType<typeof writeCostModel>>;
type WriteModel = WriteCostModel['tables'][number]['insert'];
type RefreshModel = WriteCostModel['views'][number];

/** @returns null: not measured. */
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

/** Empty if nothing was measured. */
export function writeCostSections({ proposals }: CheckDocument): string[] {
  const writes = proposals.flatMap(({ id, writeCost }) =>
    (writeCost?.tables ?? []).flatMap(({ table, insert, update }) => [
      [id, table, 'INSERT', ...writeCells(insert)],
      [id, table, 'UPDATE', ...writeCells(update)],
    ]),
  );
  const views = proposals.flatMap(({ id, bytes, writeCost }) =>
    (writeCost?.views ?? []).map(view => [id, bytes === null ? '' : formatBytes(bytes), ...viewCells(view)]),
  );
  const dead = proposals.flatMap(({ writeCost }) => writeCost?.tables ?? []);
  const left = dead.reduce((sum, { deadRows }) => sum + deadRows, 0);
  return [
    ...(writes.length === 0
      ? []
      : [
          columns(
            ['proposal', 'table', 'rows/s', 'without', 'with it', 'change', 'WAL a row', 'HOT', 'how'],
            writes,
            new Set([3, 4]),
          ),
        ]),
    ...(left === 0
      ? []
      : [
          `Rolled back, but ${formatCount(left)} dead row versions stay in these tables until the next VACUUM.`,
        ]),
    ...(views.length === 0
      ? []
      : [
          columns(
            ['view', 'size', 'REFRESH', 'its query reads', 'CONCURRENTLY', 'stale', 'how'],
            views,
            new Set([1, 2]),
          ),
        ]),
  ];
}

function writeCells({ without, with: withIt, change, reason }: WriteModel): string[] {
  if (without === null || withIt === null) return ['', '', '', '', '', notMeasured(reason)];
  return [
    perSecond(without.rowsPerSecond),
    perSecond(withIt.rowsPerSecond),
    writeChange(without.rowsPerSecond, withIt.rowsPerSecond, change),
    walChange(without.walBytesPerRow, withIt.walBytesPerRow),
    hotChange(without.hot, withIt.hot),
    `measured with ${formatCount(without.rows)} + ${formatCount(withIt.rows)} rows`,
  ];
}

function viewCells(view: RefreshModel): string[] {
  const { medianMs, blocksRead, blocksHit, temporaryBlocks, staleMs, reason, runsMs } = view;
  const why = reason === null ? '' : `: ${reason}`;
  return [
    medianMs === null ? '' : formatMs(medianMs),
    refreshReads(blocksRead, blocksHit, temporaryBlocks),
    concurrently(view.concurrently),
    staleMs === null ? 'as its last REFRESH' : `may be ${formatMs(staleMs)} stale`,
    runsMs.length === 0 ? notMeasured(reason) : `${inRuns(runsMs.length)}${why}`,
  ];
}

/** undefined and null: not known. */
type Known = number | null | undefined;

const isKnown = (value: Known): value is number => value !== undefined && value !== null;

export const perSecond = (rate: Known): string => (isKnown(rate) ? formatCount(Math.round(rate)) : '');

/**
 * `−20 %` for a clear difference, otherwise the words of compareWrites().
 * @param change As returned by compareWrites().
 */
export function writeChange(without: Known, withIt: Known, change: string | null): string {
  if (change !== 'slower' && change !== 'faster') return change ?? '';
  if (!isKnown(without) || !isKnown(withIt) || without === 0) return '';
  const share = Math.round((withIt / without - 1) * 100);
  return `${share < 0 ? '−' : '+'}${Math.abs(share)} %`;
}

/** WAL per row. */
export function walChange(without: Known, withIt: Known): string {
  if (!isKnown(without)) return 'not counted';
  const wal = (bytes: Known) => (isKnown(bytes) ? formatBytes(Math.round(bytes)) : 'not counted');
  return `${wal(without)} → ${wal(withIt)}`;
}

/** Share of HOT updates; '': not applicable. */
export const hotChange = (without: Known, withIt: Known): string =>
  isKnown(without) && isKnown(withIt) ? `${percent(without)} → ${percent(withIt)}` : '';

/** Blocks that a view's query reads; '': the server does not report them. */
export function refreshReads(read: Known, hit: Known, temporary: Known): string {
  if (!isKnown(read)) return '';
  const spilled = (temporary ?? 0) === 0 ? '' : `, ${formatBlocks(temporary ?? 0)} temporary`;
  return `${formatBlocks(read + (hit ?? 0))}, ${formatBlocks(read)} not cached${spilled}`;
}

export const concurrently = (possible: boolean): string =>
  possible ? 'possible' : 'no: no unique index on plain columns';

export const notMeasured = (reason: string | null | undefined): string =>
  isKnownText(reason) ? `not measured: ${reason}` : 'not measured';

const isKnownText = (text: string | null | undefined): text is string => text !== undefined && text !== null;

export const inRuns = (runs: number): string => `measured, ${plural(runs, 'run')}`;

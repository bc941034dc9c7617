/** The write cost in a check document → lines of text. Pure. */
import { formatBlocks, formatBytes, formatCount, formatMs, percent } from '../format/index.ts';
import { columns } from './columns.ts';
import type { CheckDocument } from './document.ts';

import type { RefreshModel, WriteModel } from './writeCost.ts';

/** Sections for the table of `check`; none where nobody asked. */
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
  if (without === null || withIt === null) return ['', '', '', '', '', `not measured: ${reason}`];
  const rate = (perSecond: number | null) => (perSecond === null ? '' : formatCount(Math.round(perSecond)));
  const wal = (bytes: number | null) => (bytes === null ? 'not counted' : formatBytes(Math.round(bytes)));
  const counted =
    without.walBytesPerRow === null
      ? 'not counted'
      : `${wal(without.walBytesPerRow)} → ${wal(withIt.walBytesPerRow)}`;
  return [
    rate(without.rowsPerSecond),
    rate(withIt.rowsPerSecond),
    changeOf(without.rowsPerSecond, withIt.rowsPerSecond, change),
    counted,
    without.hot === null || withIt.hot === null ? '' : `${percent(without.hot)} → ${percent(withIt.hot)}`,
    `measured with ${formatCount(without.rows)} + ${formatCount(withIt.rows)} rows`,
  ];
}

function changeOf(without: number | null, withIt: number | null, change: WriteModel['change']): string {
  if (change !== 'slower' && change !== 'faster') return change ?? '';
  if (without === null || withIt === null || without === 0) return '';
  const share = Math.round((withIt / without - 1) * 100);
  return `${share < 0 ? '−' : '+'}${Math.abs(share)} %`;
}

function viewCells(view: RefreshModel): string[] {
  const { medianMs, blocksRead, blocksHit, temporaryBlocks, concurrently, staleMs, reason, runsMs } = view;
  const blocks = (blocksRead ?? 0) + (blocksHit ?? 0);
  const temporary = (temporaryBlocks ?? 0) === 0 ? '' : `, ${formatBlocks(temporaryBlocks ?? 0)} temporary`;
  const why = reason === null ? '' : `: ${reason}`;
  return [
    medianMs === null ? '' : formatMs(medianMs),
    blocksRead === null ? '' : `${formatBlocks(blocks)}, ${formatBlocks(blocksRead)} not cached${temporary}`,
    concurrently ? 'possible' : 'no: no unique index on plain columns',
    staleMs === null ? 'as its last REFRESH' : `may be ${formatMs(staleMs)} stale`,
    runsMs.length === 0
      ? `not measured${why}`
      : `measured, ${runsMs.length} ${runsMs.length === 1 ? 'run' : 'runs'}${why}`,
  ];
}

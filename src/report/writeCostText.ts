/** The write cost in a check document → lines of text. Pure. */
import { formatBytes, formatCount, formatMs } from '../format/index.ts';
import {
  concurrently,
  hotChange,
  inRuns,
  notMeasured,
  perSecond,
  refreshReads,
  walChange,
  writeChange,
} from '../format/writeCost.ts';
import { columns } from './columns.ts';
import type { CheckDocument } from './document.ts';
import type { RefreshModel, WriteModel } from './writeCost.ts';

/** Sections for the table of `check`; none if nothing was measured. */
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

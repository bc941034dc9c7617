/** How the cost of writes and of a REFRESH is worded, in a table and in a line alike. Numbers in, text out. */
import { formatBlocks, formatBytes } from './bytes.ts';
import { formatCount } from './count.ts';
import { percent } from './percent.ts';

/** undefined or null: not known. */
type Known = number | null | undefined;

const isKnown = (value: Known): value is number => value !== undefined && value !== null;

export const perSecond = (rate: Known): string => (isKnown(rate) ? formatCount(Math.round(rate)) : '');

/** `−20 %` where there is a clear difference, else the words for what there is. @param change As compareWrites() calls it. */
export function writeChange(without: Known, withIt: Known, change: string | null): string {
  if (change !== 'slower' && change !== 'faster') return change ?? '';
  if (!isKnown(without) || !isKnown(withIt) || without === 0) return '';
  const share = Math.round((withIt / without - 1) * 100);
  return `${share < 0 ? '−' : '+'}${Math.abs(share)} %`;
}

/** Of a row. */
export function walChange(without: Known, withIt: Known): string {
  if (!isKnown(without)) return 'not counted';
  const wal = (bytes: Known) => (isKnown(bytes) ? formatBytes(Math.round(bytes)) : 'not counted');
  return `${wal(without)} → ${wal(withIt)}`;
}

/** Updates that needed no new index entries; '' where that means nothing. */
export const hotChange = (without: Known, withIt: Known): string =>
  isKnown(without) && isKnown(withIt) ? `${percent(without)} → ${percent(withIt)}` : '';

/** What a view's query reads, in blocks; '' where the server did not say. */
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

export const inRuns = (runs: number): string => `measured, ${runs} ${runs === 1 ? 'run' : 'runs'}`;

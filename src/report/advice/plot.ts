/** Points → an ASCII plot: net bytes to the right, total time upwards. Pure. */
import { formatBytes, formatMs } from '../../format/index.ts';

export interface PlotPoint {
  readonly netBytes: number;
  readonly totalMs: number;
  readonly atLeast: boolean;
  readonly onFrontier: boolean;
  readonly recommended?: boolean;
}

const HEIGHT = 12;
/** Totals that are further apart than this are shown on a logarithmic scale. */
const WIDE = 20;
/** Of several points in one place the last of these is shown. */
const MARKS = ['·', '^', 'o', 'R'] as const;

/** @returns Lines of at most `width` columns; undefined where there are no two points to tell apart. */
export function plot(points: readonly PlotPoint[], width: number): string | undefined {
  const [xs, ys] = [points.map(({ netBytes }) => netBytes), points.map(({ totalMs }) => totalMs)];
  const [left, right, low, high] = [least(xs), most(xs), least(ys), most(ys)];
  if (points.length < 2 || (left === right && low === high)) return undefined;
  const isLog = low > 0 && high / low > WIDE;
  const scale = (ms: number) => (isLog ? Math.log(ms) : ms);
  const labels = [high, low].map(formatMs);
  const margin = Math.max(...labels.map(label => label.length)) + 1;
  const columns = width - margin - 1;
  const rows = Array.from({ length: HEIGHT }, () => new Array<string>(columns).fill(' '));
  const place = (value: number, from: number, to: number, cells: number) =>
    from === to ? 0 : Math.round(((value - from) / (to - from)) * (cells - 1));
  for (const mark of MARKS)
    for (const point of points.filter(one => markOf(one) === mark)) {
      const row = rows[HEIGHT - 1 - place(scale(point.totalMs), scale(low), scale(high), HEIGHT)];
      if (row !== undefined) row[place(point.netBytes, left, right, columns)] = mark;
    }
  const label = (index: number) => (index === 0 ? labels[0] : index === HEIGHT - 1 ? labels[1] : '') ?? '';
  const [from, to] = [bytesText(left), bytesText(right)];
  const gap = ' '.repeat(Math.max(1, columns - from.length - to.length));
  return [
    ...rows.map((row, index) => `${label(index).padStart(margin - 1)} │${row.join('')}`.trimEnd()),
    `${' '.repeat(margin)}└${'─'.repeat(columns)}`,
    `${' '.repeat(margin + 1)}${from}${gap}${to}`,
    `${isLog ? 'upwards: total time, logarithmic' : 'upwards: total time'}; to the right: bytes added less bytes freed`,
  ].join('\n');
}

function markOf({ recommended, onFrontier, atLeast }: PlotPoint): (typeof MARKS)[number] {
  if (recommended === true) return 'R';
  return onFrontier && !atLeast ? 'o' : atLeast ? '^' : '·';
}

/** formatBytes knows no size below 0. */
export const bytesText = (bytes: number): string =>
  bytes < 0 ? `−${formatBytes(-bytes)}` : formatBytes(bytes);

// Thousands of arguments are too many for Math.min.
const least = (values: readonly number[]) =>
  values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
const most = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);

/** Points → a plot in plain characters: net bytes to the right, total time upwards. Pure. */
import { formatMs } from '../../base/format.ts';
import { bytesText } from './words.ts';

export interface PlotPoint {
  readonly netBytes: number;
  readonly totalMs: number;
  /** One character. */
  readonly mark: string;
  /** Beside the mark, where nothing stands there. */
  readonly label?: string;
}

export interface Plot {
  /** Each of at most `width` columns: the picture, its lower edge, and what stands at both ends of it. */
  readonly lines: readonly string[];
  /** Total time grows by factors upwards. */
  readonly isLog: boolean;
}

/** The lower edge, and what stands below it. */
const BELOW = 2;
/** Totals that are further apart than this are shown on a logarithmic scale. */
const WIDE = 20;

/**
 * @param marks Of several points in one place the one whose mark comes last here is shown.
 * @returns undefined where there are no two points to tell apart.
 */
export function plot(
  points: readonly PlotPoint[],
  marks: string,
  {
    width,
    height,
    log = false,
  }: {
    readonly width: number;
    readonly height: number;
    /** A logarithmic scale also where totals are close. */
    readonly log?: boolean;
  },
): Plot | undefined {
  const [xs, ys] = [points.map(({ netBytes }) => netBytes), points.map(({ totalMs }) => totalMs)];
  const [left, right, low, high] = [least(xs), most(xs), least(ys), most(ys)];
  if (points.length < 2 || (left === right && low === high)) return undefined;
  const isLog = low > 0 && (log || high / low > WIDE);
  const scale = (ms: number) => (isLog ? Math.log(ms) : ms);
  const labels = [high, low].map(formatMs);
  const margin = Math.max(...labels.map(label => label.length)) + 1;
  const columns = width - margin - 1;
  const room = height - BELOW;
  const rows = Array.from({ length: room }, () => new Array<string>(columns).fill(' '));
  const place = (value: number, from: number, to: number, cells: number) =>
    from === to ? 0 : Math.round(((value - from) / (to - from)) * (cells - 1));
  for (const point of [...points].sort((a, b) => marks.indexOf(a.mark) - marks.indexOf(b.mark))) {
    const row = rows[room - 1 - place(scale(point.totalMs), scale(low), scale(high), room)];
    if (row !== undefined) row[place(point.netBytes, left, right, columns)] = point.mark;
  }
  for (const { netBytes, totalMs, label = '' } of points) {
    const row = rows[room - 1 - place(scale(totalMs), scale(low), scale(high), room)];
    const at = place(netBytes, left, right, columns);
    // Right of the mark, or left of it at the edge, with a blank around.
    const spots = [at + 1, at - label.length];
    const from = spots.find(
      spot =>
        spot >= 0 &&
        spot + label.length <= columns &&
        row
          ?.slice(
            Math.max(0, spot === at + 1 ? spot : spot - 1),
            spot + label.length + (spot === at + 1 ? 1 : 0),
          )
          .every(cell => cell === ' '),
    );
    if (label !== '' && from !== undefined) row?.splice(from, label.length, ...label);
  }
  const label = (index: number) => (index === 0 ? labels[0] : index === room - 1 ? labels[1] : '') ?? '';
  const [from, to] = [bytesText(left), bytesText(right)];
  const gap = ' '.repeat(Math.max(1, columns - from.length - to.length));
  return {
    lines: [
      ...rows.map((row, index) => `${label(index).padStart(margin - 1)} │${row.join('')}`.trimEnd()),
      `${' '.repeat(margin)}└${'─'.repeat(columns)}`,
      `${' '.repeat(margin + 1)}${from}${gap}${to}`,
    ],
    isLog,
  };
}

// Thousands of arguments are too many for Math.min.
const least = (values: readonly number[]) =>
  values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
const most = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);

/** Points → a plot in plain characters: net bytes on the x axis, total time on the y axis. */
import { formatMs } from '../../base/format.ts';
import { bytesText } from './words.ts';

interface PlotPoint {
  readonly netBytes: number;
  readonly totalMs: number;
  /** One character. */
  readonly mark: string;
  /** Beside the mark, if there is room. */
  readonly label?: string | undefined;
}

interface Plot {
  /** At most `width` columns each: the picture, the x axis, and its two labels. */
  readonly lines: readonly string[];
  readonly isLog: boolean;
}

/** The x axis and its labels. */
const BELOW = 2;

/**
 * @param marks Marks that come later cover earlier ones in the same cell.
 * @returns undefined: fewer than two different points.
 */
export function plot(
  points: readonly PlotPoint[],
  marks: string,
  { width, height }: { readonly width: number; readonly height: number },
): Plot | undefined {
  const [xs, ys] = [points.map(({ netBytes }) => netBytes), points.map(({ totalMs }) => totalMs)];
  const [left, right, low, high] = [least(xs), most(xs), least(ys), most(ys)];
  if (points.length < 2 || (left === right && low === high)) return undefined;
  const isLog = low > 0;
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
  for (const { label, netBytes, totalMs } of points)
    if (label !== undefined)
      write(rows, label, {
        row: room - 1 - place(scale(totalMs), scale(low), scale(high), room),
        column: place(netBytes, left, right, columns),
      });
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

/** Writes the label right or left of its mark, above or below it, wherever the cells are free. */
function write(
  rows: string[][],
  label: string,
  { row, column }: { readonly row: number; readonly column: number },
): void {
  const cells = [...label];
  const spots = [
    { row, from: column + 2 },
    { row, from: column - cells.length - 1 },
    ...[row - 1, row + 1].flatMap(other => [
      { row: other, from: column },
      { row: other, from: column - cells.length + 1 },
    ]),
  ];
  for (const spot of spots) {
    const line = rows[spot.row];
    const [before, after] = [spot.from - 1, spot.from + cells.length];
    if (line === undefined || spot.from < 0 || after > line.length) continue;
    // Labels need a blank between them.
    const isFree = (at: number) => (line[at] ?? ' ') === ' ';
    const edges =
      spot.row === row
        ? [before, after].filter(at => at !== column - 1 && at !== column + 1)
        : [before, after];
    if (![...edges, ...cells.map((_, at) => spot.from + at)].every(isFree)) continue;
    line.splice(spot.from, cells.length, ...cells);
    return;
  }
}

// Math.min fails with thousands of arguments.
const least = (values: readonly number[]) =>
  values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
const most = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);

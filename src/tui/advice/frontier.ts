/** The frontier: configurations that no other one beats, as a list with a cursor and as a plot beside it. */
import type { Advice } from '../../advisor/advice/advice.ts';
import { plot } from '../../advisor/advice/plot.ts';
import { bytesText, letterOf, lettersText, nothingBeats, timeText } from '../../advisor/advice/words.ts';
import { bit, contains } from '../../advisor/masks.ts';
import { maskOf } from '../../advisor/survey.ts';
import { formatMs, plural } from '../../base/format.ts';
import { fitted, type Line, lineCells, type Span } from '../cell.ts';
import { row } from '../frame.ts';
import { firstVisible } from '../layout.ts';
import type { State } from '../state/state.ts';
import { type Column, lettered, lettersFound, rowSpans, rowText, said, widthsOf } from './cells.ts';
import type { PageOf } from './page.ts';
import { adviceRows, type FrontierPoint, isOnNow, rowOf } from './rows.ts';

/** Lines of text below, at least. */
const TEXT = 6;
const GAP = 2;
/** A larger plot would only be emptier. */
const MOST = { width: 100, height: 24 };
/** From here on there is room for more columns than the plot must leave. */
const WIDE = 110;

export const frontierPage: PageOf = (state, advice, width, room) => {
  const { points } = advice.frontier;
  if (points.length === 0)
    return { table: [[{ text: 'The frontier is unknown: no configuration is measured.' }]], text: [] };
  const cursor = rowOf(state);
  const height = room - TEXT;
  const list = listed(state, advice, cursor, width, height);
  const listWidth = Math.max(...list.map(lineCells));
  const picture = drawn(state, advice, cursor, width - listWidth - GAP, height);
  return {
    table: Array.from(
      { length: Math.min(height, Math.max(list.length, picture.lines.length)) },
      (_, index) => [
        ...fitted(list[index] ?? [], listWidth),
        { text: ' '.repeat(GAP) },
        ...(picture.lines[index] ?? []),
      ],
    ),
    text: textOf(advice, cursor, picture.caption, width),
  };
};

function listed(state: State, advice: Advice, cursor: number, width: number, height: number): Line[] {
  const { points } = advice.frontier;
  const wide = width >= WIDE;
  const columns: readonly Column[] = [
    { name: 'keep', most: wide ? 30 : 12 },
    { name: 'net size', figure: true },
    { name: advice.baseline.saved.weighted ? 'time a day' : 'total time', figure: true },
    ...(wide
      ? [
          { name: 'refresh', figure: true },
          { name: 'queries', most: 24 },
        ]
      : []),
  ];
  const texts = points.map(point => [
    lettersText(advice, point.proposals),
    bytesText(point.costs.netBytes),
    timeText(point.costs.totalMs === null ? null : { ms: point.costs.totalMs, atLeast: point.costs.atLeast }),
    ...(wide
      ? [point.costs.refreshMs === 0 ? '' : formatMs(point.costs.refreshMs), changes(advice, point)]
      : []),
  ]);
  const widths = widthsOf(columns, texts);
  const full = widths.reduce((sum, each) => sum + each + 2, 0) + 2;
  const room = height - 1;
  const rows = adviceRows(state);
  const first = firstVisible(rows.indexOf(cursor), rows.length, room);
  const heading = rowText(
    columns,
    columns.map(({ name }) => name),
    widths,
  );
  return [
    [{ text: `    ${heading}`, dim: true }],
    ...rows.slice(first, first + room).map(at => {
      const point = points[at];
      const marks = `${isOnNow(state, point?.proposals ?? ['']) ? '●' : ' '}${isKept(advice, point) ? 'R' : ' '}`;
      const spans = rowSpans(columns, texts[at] ?? [], widths, [lettersFound(state, advice)]);
      return row([{ text: `${marks} ` }, ...spans], full, at === cursor, true, at);
    }),
  ];
}

const isKept = ({ recommended }: Advice, point: FrontierPoint | undefined): boolean =>
  recommended !== null && point?.proposals.join() === recommended.proposals.join();

/** Numbers of the queries that are clearly faster or slower than in the row before. */
function changes({ queries }: Advice, point: FrontierPoint): string {
  const numbers = (sign: string, ids: readonly string[]) =>
    queries.filter(({ id }) => ids.includes(id)).map(({ number }) => `${sign}${number}`);
  return [
    ...numbers('+', point.clearlyFasterThanPrevious),
    ...numbers('−', point.clearlySlowerThanPrevious),
  ].join(' ');
}

/** Several points in one place: the last one is shown. */
const MARKS = '·^oR@X';

function drawn(state: State, advice: Advice, cursor: number, width: number, height: number) {
  const { plot: all, points } = advice.frontier;
  const mask = (proposals: readonly string[] | undefined) =>
    proposals === undefined ? undefined : maskOf(advice, proposals);
  const lettersOf = (configuration: number) =>
    advice.proposals.flatMap((_, at) => (contains(configuration, bit(at)) ? letterOf(at) : [])).join('');
  const special = [
    [mask(points[cursor]?.proposals), 'X'],
    [mask(state.on), '@'],
    [mask(advice.recommended?.proposals), 'R'],
  ] as const;
  const picture = plot(
    all.map(({ configuration, netBytes, totalMs, atLeast, onFrontier }) => {
      const [, mark] = special.find(([one]) => one === configuration) ?? [];
      const label = onFrontier ? lettersOf(configuration) : undefined;
      return { netBytes, totalMs, mark: mark ?? (atLeast ? '^' : onFrontier ? 'o' : '·'), label };
    }),
    MARKS,
    { width: Math.min(width, MOST.width), height: Math.min(height, MOST.height) },
  );
  if (picture === undefined) return { lines: [], caption: '' };
  return {
    lines: picture.lines.map(colored),
    caption: `up: time${picture.isLog ? ' (logarithmic)' : ''}; right: bytes. X cursor, @ on now, R recommended, o on the frontier, · beaten, ^ stopped: a bound`,
  };
}

const STYLES: Readonly<Record<string, Omit<Span, 'text'>>> = {
  X: { color: 'cyan', bold: true },
  '@': { color: 'cyan', bold: true },
  R: { color: 'green', bold: true },
  o: { bold: true },
};

/** Only what stands right of the axis is a mark. */
function colored(line: string): Line {
  const axis = line.indexOf('│') + 1;
  if (axis === 0) return [{ text: line, dim: true }];
  return [
    { text: line.slice(0, axis), dim: true },
    ...[...line.slice(axis)].map((character): Span => ({ text: character, ...STYLES[character] })),
  ];
}

function textOf(advice: Advice, cursor: number, caption: string, width: number): Line[] {
  const { leftOut, different, points } = advice.frontier;
  const point = points[cursor];
  if (point === undefined) return [];
  const { costs, tied, beats } = point;
  const titles = (ids: readonly string[]) =>
    advice.queries
      .filter(({ id }) => ids.includes(id))
      .map(({ title }) => title)
      .join(', ');
  const change = [
    ['faster', point.clearlyFasterThanPrevious],
    ['slower', point.clearlySlowerThanPrevious],
  ] as const;
  const than = change.flatMap(([word, ids]) => (ids.length === 0 ? [] : [`clearly ${word}: ${titles(ids)}`]));
  const also = [
    ...(costs.refreshMs === 0 ? [] : [`${formatMs(costs.refreshMs)} for a refresh`]),
    ...(costs.writeMs === null ? [] : [`+${formatMs(costs.writeMs)} for a row written`]),
    ...(tied.length === 0 ? [] : [`${tied.length} more like it`]),
    `beats ${plural(beats, 'other')}`,
  ];
  return [
    ...said(
      `${cursor + 1} of ${points.length}: ${lettered(advice, point.proposals)} (${also.join('; ')})`,
      width,
      { bold: true },
    ),
    ...(than.length === 0 ? [] : said(`Against the row above it, ${than.join('; ')}.`, width)),
    ...said(caption, width, { dim: true }),
    ...said(
      `${nothingBeats(points.length)} on time, bytes, writes and refresh.${
        leftOut === 0
          ? ''
          : ` ${plural(leftOut, 'configuration')} not compared: some of their plans did not run.`
      }${different === 0 ? '' : ` ${different} left out: a rewrite returns other rows than its query.`}`,
      width,
      { dim: true },
    ),
  ];
}

/** The frontier as a list and a plot, and the other choices. */

import type { Advice } from '../../advisor/advice/advice.ts';
import { meanings } from '../../advisor/advice/choiceText.ts';
import type { CostsModel } from '../../advisor/advice/models.ts';
import { plot } from '../../advisor/advice/plot.ts';
import { bytesText, letterOf, lettersText, nothingBeats, timeText } from '../../advisor/advice/words.ts';
import { bit, contains } from '../../advisor/masks.ts';
import { maskOf } from '../../advisor/survey.ts';
import { formatMs, plural } from '../../base/format.ts';
import { columns } from '../columns.ts';
import { cut, wrap } from './wrap.ts';

/** Longer frontiers show both ends. */
const MOST = 20;
const PLOT_WIDTH = 78;
const PLOT_HEIGHT = 14;

export function frontierText(document: Advice, width: number): string[] {
  const { points, plot: all, leftOut, different } = document.frontier;
  if (points.length === 0) {
    const why = document.projected ? 'no time in production is known' : 'no configuration was measured';
    return [`The frontier is unknown: ${why}.`, ...(document.projected ? [choices(document, width)] : [])];
  }
  const isKept = (proposals: readonly string[]) =>
    proposals.join() === document.recommended?.proposals.join();
  const rows = points.map(point => ({ point, row: pointRow(document, point, isKept(point.proposals)) }));
  const middle = rows.length - MOST;
  const shown = middle <= 0 ? rows : [...rows.slice(0, MOST / 2), ...rows.slice(-MOST / 2)];
  const heading = ['', 'configuration', 'net size', total(document), 'refresh', 'a row', 'queries'];
  const table = columns(
    heading,
    shown.map(({ row }) => row.map((cell, at) => (at === 1 ? cut(cell, 26) : cell))),
    new Set([2, 3, 4, 5]),
  );
  const said = [
    `${nothingBeats(points.length)} on total time, bytes, writes and refresh`,
    ...(middle <= 0 ? [] : [`(the ${middle} between the first and the last ${MOST / 2} are left out here)`]),
    ...(leftOut === 0
      ? []
      : [
          `(${plural(leftOut, 'configuration')} not compared: ${document.projected ? 'some of their times are unknown' : 'some of their plans did not run'})`,
        ]),
    ...(different === 0
      ? []
      : [`(${plural(different, 'configuration')} left out: a rewrite returns other rows than its query)`]),
    'queries: clearly faster (+) or slower (−) than in the line before, by number; a row: added to writing one',
  ].map(line => wrap(line, width, ''));
  const { recommended } = document;
  const keptMask = recommended === null ? undefined : maskOf(document, recommended.proposals);
  const drawn = plot(
    all.map(({ configuration, netBytes, totalMs, atLeast, onFrontier }) => {
      const isKept = configuration === keptMask;
      const letters = lettersOf(document, configuration);
      const label = isKept || onFrontier || configuration === 0 ? letters || 'baseline' : undefined;
      return { netBytes, totalMs, mark: isKept ? 'R' : atLeast ? '^' : onFrontier ? 'o' : '·', label };
    }),
    '·^oR',
    { width: Math.min(width, PLOT_WIDTH), height: PLOT_HEIGHT },
  );
  const axes = `upwards: ${document.projected ? 'projected ' : ''}total time${drawn?.isLog ? ' (logarithmic)' : ''}; to the right: bytes added less bytes freed`;
  const legend =
    'R recommended, o on the frontier, · beaten, ^ a bound: a run was stopped; letters: the proposals above';
  return [
    `${said.join('\n')}\n${clip(table, width)}`,
    ...(drawn === undefined
      ? []
      : [[...drawn.lines, ...[axes, legend].map(line => wrap(line, width, ''))].join('\n')]),
    choices(document, width),
  ];
}

/** `ABD`: letters from the table of proposals. */
const lettersOf = ({ proposals }: Advice, configuration: number): string =>
  proposals.map((_, at) => (contains(configuration, bit(at)) ? letterOf(at) : '')).join('');

const total = ({ baseline }: Advice) => (baseline.saved.weighted ? 'time a day' : 'total time');

type Point = Advice['frontier']['points'][number];

function pointRow(document: Advice, point: Point, isKept: boolean): string[] {
  const numbers = (sign: string, ids: readonly string[]) =>
    document.queries
      .filter(({ id }) => ids.includes(id))
      .map(({ number }) => `${sign}${number}`)
      .join(' ');
  const faster = numbers('+', point.clearlyFasterThanPrevious);
  const slower = numbers('−', point.clearlySlowerThanPrevious);
  return [
    isKept ? 'R' : '',
    `${lettersText(document, point.proposals)}${point.tied.length === 0 ? '' : ` (or ${point.tied.length} like it)`}`,
    ...costCells(document, point.costs),
    [faster, slower].filter(Boolean).join(' '),
  ];
}

const costCells = (
  { proposals, projected }: Advice,
  { netBytes, totalMs, atLeast, refreshMs, writeMs }: CostsModel,
): string[] => [
  bytesText(netBytes),
  totalMs === null && projected
    ? 'not known'
    : `${projected ? '≈ ' : ''}${timeText(totalMs === null ? null : { ms: totalMs, atLeast })}`,
  refreshMs === 0 ? '' : formatMs(refreshMs),
  writeMs !== null
    ? `+${formatMs(writeMs)}`
    : proposals.some(proposal => proposal.writeMs !== null)
      ? 'not measured'
      : '',
];

/** Letters come from the table of proposals. */
function choices(document: Advice, width: number): string {
  const { recommended, cheapest, nearFastest, fastest, everything, baseline } = document;
  const rows = (
    [
      ['recommended', recommended],
      ['cheapest', cheapest],
      // At production size both are the same.
      ...(document.projected ? [] : [['near the fastest', nearFastest] as const]),
      ['fastest', fastest],
      ['all proposals', everything],
      ['baseline', baseline],
    ] as const
  ).map(([name, choice]) =>
    choice === null
      ? [name, 'not known']
      : [name, cut(lettersText(document, choice.proposals), 26), ...costCells(document, choice.costs)],
  );
  const heading = ['the choices', 'configuration', 'net size', total(document), 'refresh', 'a row'];
  const meaning = meanings(document);
  const said = [
    `recommended: ${meaning.recommended}`,
    `cheapest: ${meaning.cheapest}`,
    document.projected ? `fastest: ${meaning.nearFastest}` : `near the fastest: ${meaning.nearFastest}`,
  ].map(line => wrap(line, width));
  return `${clip(columns(heading, rows, new Set([2, 3, 4, 5])), width)}\n${said.join('\n')}`;
}

const clip = (table: string, width: number): string =>
  table
    .split('\n')
    .map(line => cut(line, width))
    .join('\n');

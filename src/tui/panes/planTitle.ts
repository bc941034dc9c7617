/** The heading of a plan: which side, which query, the verdict, and the time with how it was got. */
import { formatCount } from '../../format/count.ts';
import { harmless } from '../../format/harmless.ts';
import { formatMs } from '../../format/ms.ts';
import { round } from '../../format/round.ts';
import { type Line, lineCells, type Span } from '../cell.ts';
import { bothPlansVisible } from '../layout.ts';
import { changeOf, type Figure, figureOf } from '../model/figure.ts';
import { isPlannedOnly } from '../model/inView.ts';
import { queryInView } from '../model/selectors.ts';
import type { Side, State } from '../state/types.ts';
import { elapsed, spinner } from '../words.ts';
import { changeSpan } from './queries.ts';

/** `44–90 ms`, or with both units where they differ. */
function range(runsMs: readonly number[]): string {
  const [low, high] = [formatMs(Math.min(...runsMs)), formatMs(Math.max(...runsMs))];
  const [lowNumber, lowUnit] = low.split(' ');
  return lowUnit === high.split(' ')[1] ? `${lowNumber}–${high}` : `${low} – ${high}`;
}

/**
 * From the most to the least that can be said of a figure: `21 ms measured, median of 5 (20–23 ms)`.
 * @param plannedOnly It is a plan of a lens's.
 */
export function figureWordings(figure: Figure, now: number, plannedOnly = false): readonly string[] {
  switch (figure.how) {
    case 'measured':
    case 'reused': {
      const { runsMs } = figure;
      const words = `${formatMs(figure.ms)} ${figure.how}`;
      if (runsMs.length < 2) return [`${words} (1 run)`, words];
      const runs = `${runsMs.length} runs`;
      return [
        `${words}, median of ${runs} (${range(runsMs)})`,
        `${words} (${runs}, ${range(runsMs)})`,
        words,
      ];
    }
    case 'timed out':
      return [
        `> ${round(formatMs(figure.afterMs))}: stopped at the timeout`,
        `> ${round(formatMs(figure.afterMs))}`,
      ];
    case 'running':
      return [`${spinner(now)} measuring, ${elapsed(now - figure.since)}`];
    case 'estimated':
      if (plannedOnly)
        return [
          `production's plan, cost ${formatCount(figure.cost)}: never run`,
          `production's, cost ${formatCount(figure.cost)}`,
          "production's",
        ];
      return figure.problem === undefined
        ? ['estimated, not run yet']
        : [`estimated only: ${harmless(figure.problem)}`, 'estimated only'];
    case 'hypothetical':
      return [
        `hypothetical, cost ${formatCount(figure.cost)}: an index that cannot be built is never run`,
        `hypothetical, cost ${formatCount(figure.cost)}`,
        'hypothetical',
      ];
    case 'failed':
      return ['failed'];
    case 'planning':
      return [`${spinner(now)} planning`];
  }
}

function verdict(state: State): Span | undefined {
  const change = changeOf(state, state.queryId);
  if (change.kind === 'unknown') return undefined;
  return change.kind === 'same plan' ? { text: 'same plan as before' } : changeSpan(change);
}

/** Both plans in one tree: `Before → after · Q2 · 23× faster · 5.01 s → 211 ms`. */
export function unifiedTitle(state: State, room: number): Line {
  const query = queryInView(state);
  const dot: Span = { text: ' · ' };
  const judged = verdict(state);
  const name: Span = { text: `Before → after · Q${query?.number ?? '?'}`, bold: true };
  const sides = (['before', 'after'] as const).map(side =>
    figureWordings(figureOf(state, state.queryId, side), state.now, isPlannedOnly(state)).at(-1),
  );
  const line: Line = [name, ...(judged === undefined ? [] : [dot, judged]), dot, { text: sides.join(' → ') }];
  return lineCells(line) <= room ? line : [name, ...(judged === undefined ? [] : [dot, judged])];
}

/** The longest wording that fits `room` cells. */
export function planTitle(state: State, side: Side, room: number): Line {
  const query = queryInView(state);
  const baseline = state.on.length === 0;
  const name: Span = {
    text: `${side === 'before' || baseline ? 'Before' : 'After'} · Q${query?.number ?? '?'}`,
    bold: true,
  };
  if (baseline && side === 'after' && bothPlansVisible(state))
    return [{ text: 'After', bold: true }, { text: ' · nothing is on' }];
  const dot: Span = { text: ' · ' };
  const judged = side === 'after' && !baseline ? verdict(state) : undefined;
  const wordings = figureWordings(figureOf(state, state.queryId, side), state.now, isPlannedOnly(state)).map(
    (words): Line => [name, ...(judged === undefined ? [] : [dot, judged]), dot, { text: words }],
  );
  return wordings.find(line => lineCells(line) <= room) ?? wordings.at(-1) ?? [name];
}

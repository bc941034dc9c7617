/** The heading of a plan: which side, which query, the verdict, and the time with how it was got. */

import { formatCount, formatMs, plural, round, sanitize } from '../../base/format.ts';
import { structureOf } from '../../session/runFingerprint.ts';
import { type Line, lineCells, type Span } from '../cell.ts';
import { bothPlansVisible } from '../layout.ts';
import { recallText } from '../model/answer.ts';
import { changeOf, type Figure, figureOf } from '../model/figure.ts';
import { isPlannedOnly } from '../model/inView.ts';
import { isBaseline, plannedFor, queryInView } from '../model/selectors.ts';
import { unknownReason } from '../model/unknown.ts';
import { settingsWordings } from '../settings/words.ts';
import type { Side, State } from '../state/state.ts';
import { elapsed, HOW_GOT, planName, SHOWN, spinner } from '../words.ts';
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
function figureWordings(figure: Figure, now: number, plannedOnly = false): readonly string[] {
  switch (figure.how) {
    case 'measured':
    case 'reused': {
      const { runsMs } = figure;
      const words = `${formatMs(figure.ms)} ${HOW_GOT[figure.how]}${figure.rolledBack ? ' (rolled back)' : ''}`;
      if (runsMs.length < 2) return [`${words} (1 run)`, words];
      const runs = plural(runsMs.length, 'run');
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
        : [`${SHOWN.estimatedOnly}: ${sanitize(figure.problem)}`, SHOWN.estimatedOnly];
    case 'hypothetical':
      return [
        `${HOW_GOT.hypothetical}, cost ${formatCount(figure.cost)}: an index that cannot be built is never run`,
        `${HOW_GOT.hypothetical}, cost ${formatCount(figure.cost)}`,
        HOW_GOT.hypothetical,
      ];
    case 'planned':
      return [
        `${figure.reason}, cost ${formatCount(figure.cost)}`,
        `planned, cost ${formatCount(figure.cost)}`,
        'planned',
      ];
    case 'failed':
      return ['failed'];
    case 'unknown':
      return [`unknown: ${sanitize(figure.reason)}`, 'unknown'];
    case 'planning':
      return [`${spinner(now)} planning`];
  }
}

function verdict(state: State): Span | undefined {
  const change = changeOf(state, state.queryId);
  if (change.kind === 'same plan') return { text: `${SHOWN.samePlan} as before` };
  // The figure says so, with its reason.
  if (change.kind === 'unusable' && unknownReason(state, state.queryId, 'after') !== undefined)
    return undefined;
  const span = changeSpan(change);
  if (span.text === '') return undefined;
  return change.kind !== 'incomplete' && runsDifferently(state)
    ? { ...span, text: `${SHOWN.samePlan}, ${span.text}` }
    : span;
}

/** The same plan under a setting that lets it run differently. */
function runsDifferently(state: State): boolean {
  const [before, after] = (['before', 'after'] as const).map(side => {
    const planned = plannedFor(state, state.queryId, side);
    return planned?.state === 'planned' ? planned.plan.fingerprint : '';
  });
  return before !== after && structureOf(before ?? '') === structureOf(after ?? '');
}

/** What sets the sides apart besides proposals: ` · work_mem 64MB`, and shorter; one blank wording where nothing is set. */
function setWordings({ settings }: State, side: Side): readonly Line[] {
  const wordings = settingsWordings(settings);
  if (wordings.length === 0) return [[]];
  if (side === 'before') return [[{ text: ' · own settings' }], []];
  return wordings.map((text): Line => [{ text: ' · ' }, { text, color: 'green', bold: true }]);
}

/** Both plans in one tree: `Before → after · Q2 · 23× faster · 5.01 s → 211 ms`. */
export function unifiedTitle(state: State, room: number): Line {
  const query = queryInView(state);
  const dot: Span = { text: ' · ' };
  const judged = verdict(state);
  const name: Span = { text: planName('both', query?.number ?? '?'), bold: true };
  const sides = (['before', 'after'] as const).map(side =>
    figureWordings(figureOf(state, state.queryId, side), state.now, isPlannedOnly(state)).at(-1),
  );
  const said = judged === undefined ? [] : [dot, judged];
  const recall = isBaseline(state) ? undefined : recallText(state, state.queryId);
  const returned = recall === undefined ? '' : ` · recall ${recall}`;
  const lines = setWordings(state, 'after').flatMap((set): Line[] => [
    [name, ...set, ...said, dot, { text: sides.join(' → ') + returned }],
    [name, ...set, ...said],
  ]);
  return lines.find(line => lineCells(line) <= room) ?? lines.at(-1) ?? [name];
}

/** The longest wording that fits `room` cells. */
export function planTitle(state: State, side: Side, room: number): Line {
  const query = queryInView(state);
  const baseline = isBaseline(state);
  const name: Span = {
    text: planName(baseline ? 'before' : side, query?.number ?? '?'),
    bold: true,
  };
  if (baseline && side === 'after' && bothPlansVisible(state))
    return [{ text: 'After', bold: true }, { text: ' · the baseline: no proposal is on' }];
  const dot: Span = { text: ' · ' };
  const judged = side === 'after' && !baseline ? verdict(state) : undefined;
  const recall = side === 'after' && !baseline ? recallText(state, state.queryId) : undefined;
  const words = figureWordings(figureOf(state, state.queryId, side), state.now, isPlannedOnly(state));
  const figures =
    recall === undefined
      ? words
      : [...words.map(text => `${text} · recall ${recall}`), `${words.at(-1)} · ${recall}`];
  const set = setWordings(state, side);
  // What is set is said in full before runs are counted, and before the verdict, which the queries say as well.
  const shown = (
    judged === undefined ? [[]] : set.length > 1 ? [[dot, judged], []] : [[dot, judged]]
  ).flatMap(said =>
    set.flatMap(words => figures.map((text): Line => [name, ...words, ...said, dot, { text }])),
  );
  return fittingOf(shown, room, name);
}

function fittingOf(wordings: readonly Line[], room: number, name: Span): Line {
  return wordings.find(line => lineCells(line) <= room) ?? wordings.at(-1) ?? [name];
}

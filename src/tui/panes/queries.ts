/** The queries: before → after, the factor, the target, and how each figure was got. */

import { changeText, formatCount, formatMs, round, sanitize } from '../../base/format.ts';
import type { Query } from '../../workload/workload.ts';
import { cells, highlighted, type Line, left, right, type Span, truncate, truncateMiddle } from '../cell.ts';
import { framed, row } from '../frame.ts';
import { type Frame, firstVisible, insideHeight, insideWidth, type Slot } from '../layout.ts';
import { answerMark, answerOf, answerSpan, recallText } from '../model/answer.ts';
import { changeOf, type Figure, figureOf, type QueryChange, verdictOf } from '../model/figure.ts';
import { helpersOf, totalsOf } from '../model/helps.ts';
import { differsAtProduction, isAtProduction, isPlannedOnly } from '../model/inView.ts';
import { queryRows } from '../model/lists.ts';
import { isBaseline, soughtIn } from '../model/selectors.ts';
import { filterWords } from '../overlays/promptLine.ts';
import type { State } from '../state/state.ts';
import { elapsed, HOW_GOT, SHOWN, spinner } from '../words.ts';

/** Wide enough for `cost 23.2 k`, and for `⠋ 12.3 s`. */
const FIGURE = 11;
const SHORT_FIGURE = 8;
/** `> 92× faster`, and `1.8× slow`. */
const CHANGE = 13;
const SHORT_CHANGE = 9;
/** The sign alone. */
const SHORT_TARGET = 1;
/** A person recognizes a title by this many cells; a long one takes half of the room that names and titles share. */
const TITLE = 12;
const TITLE_SHARE = 0.5;
/** Least cells of a title before the name of its values. */
const LEAST_START = 3;
/** `timed out`. */
const HOW = 9;
/** Below it, and where the column has no heading. */
const BY = 'by ';
/** A blank, and the letter that says how a figure was got. */
const LETTER = 2;
/** `…t`, before a letter takes its place. */
const SHORT_BY = 1;
/** Letters that replace the words; the legend explains them. */
const HOW_LETTERS: Readonly<Record<string, string>> = {
  [HOW_GOT.measured]: 'm',
  [HOW_GOT.reused]: 'r',
  [HOW_GOT.estimated]: 'p',
  [HOW_GOT.planned]: 'p',
  [HOW_GOT.hypothetical]: 'h',
  [HOW_GOT['timed out']]: 't',
};

export function figureSpan(figure: Figure, now: number, room = FIGURE): Span {
  switch (figure.how) {
    case 'measured':
    case 'reused':
      return { text: formatMs(figure.ms) };
    case 'timed out':
      return { text: `> ${round(formatMs(figure.afterMs))}`, bold: true };
    case 'running':
      return { text: `${spinner(now)} ${elapsed(now - figure.since)}`, color: 'cyan' };
    case 'estimated':
    case 'hypothetical':
    case 'planned':
      return { text: costText(figure.cost, room), dim: true };
    case 'failed':
      return { text: 'failed', color: 'red', bold: true };
    case 'unknown':
      return { text: 'unknown', color: 'magenta' };
    case 'planning':
      return { text: '…', dim: true };
  }
}

function costText(cost: number, room: number): string {
  const text = `cost ${formatCount(cost)}`;
  if (cells(text) <= room) return text;
  const short = round(formatCount(Number(cost.toPrecision(2)))).replace(' ', '');
  return cells(short) + 5 <= room ? `cost ${short}` : `c ${short}`;
}

export function changeSpan(change: QueryChange): Span {
  switch (change.kind) {
    case 'same plan':
      return { text: `= ${SHOWN.samePlan}` };
    case 'no clear difference':
      return { text: change.kind };
    case 'faster':
    case 'slower': {
      const text = `${change.atLeast ? '> ' : ''}${changeText(change.kind, change.beforeMs, change.afterMs)}`;
      return change.kind === 'faster' ? { text, color: 'green' } : { text, color: 'red', bold: true };
    }
    case 'incomplete':
      return { text: 'not all built', color: 'magenta' };
    case 'unusable':
      return { text: 'unknown', color: 'magenta' };
    case 'not measured':
      return { text: change.tooFew === true ? 'too few runs' : '' };
  }
}

const metText = (targetMs: number): string => `✓ under ${round(formatMs(targetMs))}`;

export function targetSpan(figure: Figure, targetMs: number): Span {
  const target = round(formatMs(targetMs));
  switch (verdictOf(figure, targetMs)) {
    case 'met':
      return { text: metText(targetMs), color: 'green' };
    case 'missed':
      return { text: `✗ over ${target}`, color: 'red' };
    case 'unknown':
      return { text: `· ${target}`, dim: true };
  }
}

function howWord(figure: Figure): string {
  return figure.how === 'estimated' && figure.problem === 'cancelled' ? SHOWN.cancelled : HOW_GOT[figure.how];
}

/** How two figures were got, once when it is the same way. */
export function howWords(before: Figure, after: Figure): string {
  const [first, second] = [howWord(before), howWord(after)];
  return first === second ? second : `${first} → ${second}`;
}

/** With nothing on there is no after: the row is about the baseline alone. */
const NOTHING_ON: Span = { text: '–', dim: true };

/** A query that is never run is neither faster nor slower; its plan is another one, or the same. */
function changed(state: State, queryId: string, room: number): Span {
  const change = changeOf(state, queryId);
  const isPlanned = isPlannedOnly(state) || figureOf(state, queryId, 'after').how === 'planned';
  if (change.kind === 'not measured' && isPlanned) return { text: room < CHANGE ? 'other' : 'other plan' };
  // The column has no room for more.
  if (change.kind === 'no clear difference') return { text: 'not clear' };
  const span = changeSpan(change);
  return room >= cells(span.text) ? span : { ...span, text: shortChange(span.text) };
}

/** `57× faster` → `57×`: the color and the figures beside it say which. */
const shortChange = (text: string): string =>
  text
    .replace(/ (?:faster|runs)$/, '')
    .replace('slower', 'slow')
    .replace('= same', 'same')
    .replace(' all', '');

/** `idx_a, idx_b`, then `idx_a +1`, then with the name's middle cut out. */
function byText(names: readonly string[], prefix: string, room: number): string {
  const [first] = names;
  if (first === undefined) return '';
  const whole = prefix + names.map(name => sanitize(name)).join(', ');
  if (cells(whole) <= room) return whole;
  const more = names.length > 1 ? ` +${names.length - 1}` : '';
  return `${prefix}${truncateMiddle(sanitize(first), room - prefix.length - more.length)}${more}`;
}

interface Columns {
  readonly number: number;
  readonly title: number;
  readonly figure: number;
  readonly change: number;
  /** `8 of 10`: 0 where no plan reads an approximate index. */
  readonly recall: number;
  readonly target: number;
  readonly by: number;
  /** Before the names of proposals: a word where no heading says it. */
  readonly prefix: string;
  /** 0 where there is no room. */
  readonly how: number;
}

/** Whole names of proposals and whole titles first, then words for what a figure shows already. */
function columnsFor(state: State, width: number, headed: boolean): Columns {
  const { queries, proposals } = state.workload;
  const widest = (texts: readonly string[]): number => Math.max(5, ...texts.map(cells));
  const mark = queries.some(({ id }) => differsAtProduction(state, id) === true) ? 2 : 0;
  const title = widest(queries.map(query => query.title)) + mark;
  // Without proposals that are on there is nothing to name.
  const prefix = headed ? '' : BY;
  const names = state.on.length === 0 ? 0 : prefix.length + widest(proposals.map(({ id }) => id));
  const number = Math.max(1, ...queries.map(query => `${query.number}`.length));
  const figures = 1 + SHORT_FIGURE + 3 + SHORT_FIGURE;
  const recalls = isBaseline(state) ? [] : queries.flatMap(({ id }) => recallText(state, id) ?? []);
  const recall = recalls.length === 0 ? 0 : Math.max('recall'.length, ...recalls.map(cells));
  let left = width - 1 - number - 1 - figures - SHORT_CHANGE - 1 - SHORT_TARGET - 1;
  if (recall > 0) left -= recall + 1;
  const named = names === 0 ? 0 : 1;
  const share = Math.max(TITLE, left - names - named, Math.floor(left * TITLE_SHARE));
  const titled =
    names === 0 ? Math.max(TITLE, Math.min(title, left)) : Math.min(Math.max(TITLE, title), share);
  left -= titled + named;
  let by = Math.max(0, Math.min(names, left));
  left -= by;
  const grown = (more: number): boolean => {
    if (left < more) return false;
    left -= more;
    return true;
  };
  const helped = queries.map(query => byText(helpersOf(state, query), prefix, Number.POSITIVE_INFINITY));
  // Kept back: how a figure was got comes before words for what others show already.
  const letter = Math.min(LETTER, left);
  left -= letter;
  const change = grown(CHANGE - SHORT_CHANGE) ? CHANGE : SHORT_CHANGE;
  const more = Math.min(Math.max(0, Math.max(0, ...helped.map(cells)) - by), left);
  left -= more;
  by += more;
  const words = widest(queries.map(({ targetMs }) => metText(targetMs)));
  const target = grown(words - SHORT_TARGET) ? words : SHORT_TARGET;
  const figure = grown(2 * (FIGURE - SHORT_FIGURE)) ? FIGURE : SHORT_FIGURE;
  left += letter;
  const how = left > HOW ? left - 1 : 0;
  // Where its words have no room, a letter says how a figure was got.
  const isLetter = how === 0 && left + by >= LETTER + (names === 0 ? 0 : prefix.length + SHORT_BY);
  const rest = left + by - (isLetter ? LETTER : 0);
  return {
    number,
    title: titled,
    figure,
    recall,
    change,
    target,
    by: how === 0 && names > 0 ? rest : by,
    prefix,
    how: isLetter ? 1 : how,
  };
}

/** Beside the time: how many rows of the exact answer an approximate index returns. */
function recallSpans(state: State, queryId: string, room: number): readonly Span[] {
  if (room === 0) return [];
  const answer = answerOf(state, queryId);
  const text = ` ${left(recallText(state, queryId) ?? '', room)}`;
  return [answer?.recall === undefined ? { text } : { ...answerSpan(answer), text }];
}

/** A title that is cut keeps the name of its values: it is all that tells two sets of one query apart. */
function titleText({ title, values }: Query, room: number): string {
  const ending = ` · ${sanitize(values?.label ?? '')}`;
  const text = sanitize(title);
  const start = room - cells(ending);
  if (cells(text) <= room || !text.endsWith(ending) || start < LEAST_START) return left(text, room);
  return left(truncate(text.slice(0, -ending.length), start).trimEnd() + ending, room);
}

function queryLine(state: State, query: Query, columns: Columns): Line {
  const baseline = isBaseline(state);
  const before = figureOf(state, query.id, 'before');
  const after = figureOf(state, query.id, 'after');
  const change = baseline ? { text: '' } : changed(state, query.id, columns.change);
  const target = targetSpan(after, query.targetMs);
  const beforeSpan = figureSpan(before, state.now, columns.figure);
  const afterSpan = baseline ? NOTHING_ON : figureSpan(after, state.now, columns.figure);
  const differs = differsAtProduction(state, query.id);
  const inView = query.id === state.queryId;
  const words =
    isPlannedOnly(state) && after.how === 'estimated'
      ? 'planned'
      : columns.how >= 22
        ? howWords(before, after)
        : howWord(after);
  const title = differs === true ? columns.title - 2 : columns.title;
  const sought = soughtIn(state, 'queries');
  return [
    ...highlighted(right(`${query.number}`, columns.number), sought, { bold: inView }),
    answerMark(state, query.id),
    ...(differs === true ? [{ text: 'Δ ', color: 'magenta' as const, bold: true }] : []),
    ...highlighted(titleText(query, title), sought, { bold: inView }),
    { ...beforeSpan, text: ` ${right(beforeSpan.text, columns.figure)}` },
    { text: ' → ', dim: true },
    { ...afterSpan, text: left(afterSpan.text, columns.figure) },
    ...recallSpans(state, query.id, columns.recall),
    { ...change, text: ` ${left(change.text, columns.change)}` },
    {
      ...target,
      text: ` ${columns.target === SHORT_TARGET ? target.text.slice(0, 1) : left(target.text, columns.target)}`,
    },
    ...(columns.by > 0
      ? [{ text: ` ${left(byText(helpersOf(state, query), columns.prefix, columns.by), columns.by)}` }]
      : []),
    ...(columns.how > 0
      ? [{ text: ` ${left(columns.how === 1 ? (HOW_LETTERS[words] ?? '') : words, columns.how)}`, dim: true }]
      : []),
  ];
}

/** `Σ 12.5 s → 0.77 s`: the run times of all queries, each once. */
function totalText(state: State): string {
  const sums = totalsOf(state);
  if (sums === undefined) return '';
  const sum = (ms: number, atLeast: boolean) => `${atLeast ? '> ' : ''}${formatMs(ms)}`;
  const before = sum(sums.beforeMs, sums.beforeAtLeast);
  const some = sums.queries < state.workload.queries.length ? ` of ${sums.queries}: ` : ' ';
  return isBaseline(state)
    ? ` · Σ${some}${before}`
    : ` · Σ${some}${before} → ${sum(sums.afterMs, sums.afterAtLeast)}`;
}

function counts(state: State): string {
  const { queries } = state.workload;
  const figures = queries.map(({ id }) => figureOf(state, id, 'after'));
  const verdicts = queries.map((query, at) => verdictOf(figures[at] ?? { how: 'planning' }, query.targetMs));
  // Hypothetical figures are never measured.
  const hypothetical = figures.filter(({ how }) => how === 'hypothetical').length;
  const writing = figures.filter(({ how }) => how === 'planned').length;
  const met = verdicts.filter(verdict => verdict === 'met').length;
  const known = verdicts.filter(verdict => verdict !== 'unknown').length;
  // What was not measured yet has not missed its target.
  const on =
    known === 0
      ? hypothetical + writing === queries.length
        ? 'none can be measured'
        : 'none measured yet'
      : known < queries.length
        ? `${known} of ${queries.length} ${HOW_GOT.measured}${met < known ? `, ${known - met} over target` : ''}`
        : `${met} of ${known} on target`;
  const others = queries.filter(({ id }) => differsAtProduction(state, id) === true).length;
  const production = others > 0 ? ` · Δ ${others} otherwise in production` : '';
  if (isAtProduction(state)) return ` · ${SHOWN.atProduction}${production}`;
  if (isPlannedOnly(state)) return ` · planned, never run${isBaseline(state) ? ' · baseline' : ''}`;
  const slower = queries.filter(q => changeOf(state, q.id).kind === 'slower').length;
  const baseline = isBaseline(state) ? ' · baseline' : '';
  return `${baseline}${slower > 0 ? ` · ${slower} slower` : ''} · ${on}${hypothetical > 0 ? `, ${hypothetical} ${HOW_GOT.hypothetical}` : ''}${writing > 0 ? `, ${writing} planned only` : ''}${production}`;
}

export function queriesPane(state: State, slot: Slot, frame: Frame): Line[] {
  const { queries } = state.workload;
  const focused = state.focus === 'queries';
  const options = { frame, width: slot.width, height: slot.height, focused, number: 'F2' };
  const rows = queryRows(state);
  const title: Line = [
    { text: 'Queries', bold: true },
    ...filterWords(state, 'queries', rows.length, queries.length),
    ...(state.querySort === 'number' ? [] : [{ text: ` · by ${state.querySort}` }]),
    { text: totalText(state), bold: true },
    { text: counts(state) },
  ];
  const width = insideWidth(frame, slot.width);
  const inside = insideHeight(frame, slot.height);
  // A row more is worth more than its heading.
  const headed = inside >= 5 && (inside > rows.length || inside >= 8);
  const columns = columnsFor(state, width, headed);
  const { figure, recall, change, target, by, how } = columns;
  const heading: Line = [
    {
      text: [
        ` ${' '.repeat(columns.number + 1)}${left('query', columns.title)}`,
        `${right('before', figure)} → ${left('after', figure)}`,
        ...(recall > 0 ? [left('recall', recall)] : []),
        left('change', change),
        left(target === SHORT_TARGET ? '' : 'target', target),
        ...(by > 0 ? [left('by', by)] : []),
        ...(how > 1 ? [left('got how', how)] : []),
      ].join(' '),
      dim: true,
    },
  ];
  const room = Math.max(1, inside - (headed ? 1 : 0));
  const cursor = queries.findIndex(({ id }) => id === state.queryId);
  const first = firstVisible(Math.max(0, rows.indexOf(cursor)), rows.length, room);
  const shown = rows.slice(first, first + room);
  const lines = shown.flatMap(index => {
    const query = queries[index];
    return query === undefined
      ? []
      : [row(queryLine(state, query, columns), width, index === cursor, focused, index)];
  });
  const aside: Line =
    rows.length > room ? [{ text: `${first + 1}–${first + shown.length} of ${rows.length}` }] : [];
  return framed(headed ? [heading, ...lines] : lines, { ...options, title, aside });
}

/** The queries: before → after, the factor, the target, and how each figure was got. */

import { changeText, formatCount, formatMs, round, sanitize } from '../../base/format.ts';
import type { Query } from '../../workload/types.ts';
import { cells, type Line, left, right, type Span } from '../cell.ts';
import { framed, row } from '../frame.ts';
import { type Frame, firstVisible, insideHeight, insideWidth, type Slot } from '../layout.ts';
import { answerMark } from '../model/answer.ts';
import { changeOf, type Figure, figureOf, type QueryChange, verdictOf } from '../model/figure.ts';
import { differsAtProduction, isAtProduction, isPlannedOnly } from '../model/inView.ts';
import { queryRows } from '../model/lists.ts';
import { isBaseline } from '../model/selectors.ts';
import { filterWords } from '../overlays/promptLine.ts';
import type { State } from '../state/state.ts';
import { elapsed, spinner } from '../words.ts';

/** Wide enough for `cost 23.2 k`. */
const FIGURE = 11;
const CHANGE = 13;
const TARGET = 11;
const NARROW = 74;

export function figureSpan(figure: Figure, now: number): Span {
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
      return { text: `cost ${formatCount(figure.cost)}`, dim: true };
    case 'failed':
      return { text: 'failed', color: 'red', bold: true };
    case 'unknown':
      return { text: 'unknown', color: 'magenta' };
    case 'planning':
      return { text: '…', dim: true };
  }
}

export function changeSpan(change: QueryChange): Span {
  switch (change.kind) {
    case 'same plan':
      return { text: '= same plan' };
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

export function targetSpan(figure: Figure, targetMs: number): Span {
  const target = round(formatMs(targetMs));
  switch (verdictOf(figure, targetMs)) {
    case 'met':
      return { text: `✓ under ${target}`, color: 'green' };
    case 'missed':
      return { text: `✗ over ${target}`, color: 'red' };
    case 'unknown':
      return { text: `· ${target}`, dim: true };
  }
}

function howWord(figure: Figure): string {
  return figure.how === 'estimated' && figure.problem === 'cancelled' ? 'cancelled' : figure.how;
}

/** How two figures were got, once when it is the same way. */
export function howWords(before: Figure, after: Figure): string {
  const [first, second] = [howWord(before), howWord(after)];
  return first === second ? second : `${first} → ${second}`;
}

/** With nothing on there is no after: the row is about the baseline alone. */
const NOTHING_ON: Span = { text: '–', dim: true };

/** What is never run is no faster or slower; but it is another plan, or the same. */
function changed(state: State, queryId: string): Span {
  const change = changeOf(state, queryId);
  if (change.kind === 'not measured' && isPlannedOnly(state)) return { text: 'other plan' };
  // The column has no room for more.
  return change.kind === 'no clear difference' ? { text: 'not clear' } : changeSpan(change);
}

function queryLine(state: State, query: Query, title: number, how: number, hasTarget: boolean): Line {
  const baseline = isBaseline(state);
  const before = figureOf(state, query.id, 'before');
  const after = figureOf(state, query.id, 'after');
  const change = baseline ? { text: '' } : changed(state, query.id);
  const target = targetSpan(after, query.targetMs);
  const beforeSpan = figureSpan(before, state.now);
  const afterSpan = baseline ? NOTHING_ON : figureSpan(after, state.now);
  const differs = differsAtProduction(state, query.id);
  const inView = query.id === state.queryId;
  // In narrow screens the left figure speaks for itself: a time, a cost or a spinner.
  const words =
    isPlannedOnly(state) && after.how === 'estimated'
      ? 'planned'
      : how >= 22
        ? howWords(before, after)
        : howWord(after);
  return [
    { text: `${query.number}`, bold: inView },
    answerMark(state, query.id),
    ...(differs === true ? [{ text: 'Δ ', color: 'magenta' as const, bold: true }] : []),
    { text: left(sanitize(query.title), differs === true ? title - 2 : title), bold: inView },
    { ...beforeSpan, text: ` ${right(beforeSpan.text, FIGURE)}` },
    { text: ' → ', dim: true },
    { ...afterSpan, text: left(afterSpan.text, FIGURE) },
    { ...change, text: ` ${left(change.text, CHANGE)}` },
    ...(hasTarget ? [{ ...target, text: ` ${left(target.text, TARGET)}` }] : []),
    ...(how > 0 ? [{ text: ` ${left(words, how)}`, dim: true }] : []),
  ];
}

function counts(state: State): string {
  const { queries } = state.workload;
  const figures = queries.map(({ id }) => figureOf(state, id, 'after'));
  const verdicts = queries.map((query, at) => verdictOf(figures[at] ?? { how: 'planning' }, query.targetMs));
  // Those never will be.
  const hypothetical = figures.filter(({ how }) => how === 'hypothetical').length;
  const met = verdicts.filter(verdict => verdict === 'met').length;
  const known = verdicts.filter(verdict => verdict !== 'unknown').length;
  // What was not measured yet has not missed its target.
  const on =
    known === 0
      ? hypothetical === queries.length
        ? 'none can be measured'
        : 'none measured yet'
      : `${met} of ${known}${known < queries.length ? ' measured' : ''} on target`;
  const others = queries.filter(({ id }) => differsAtProduction(state, id) === true).length;
  const production = others > 0 ? ` · Δ ${others} otherwise in production` : '';
  if (isAtProduction(state)) return ` · at production size${production}`;
  if (isPlannedOnly(state)) return ` · planned, never run${isBaseline(state) ? ' · nothing on' : ''}`;
  const slower = queries.filter(q => changeOf(state, q.id).kind === 'slower').length;
  const baseline = isBaseline(state) ? ' · nothing on' : '';
  return `${baseline} · ${on}${hypothetical > 0 ? `, ${hypothetical} hypothetical` : ''}${slower > 0 ? ` · ${slower} slower` : ''}${production}`;
}

/** One phrase about the query in view, for where there is one line only. */
function summary(state: State): Line {
  const query = state.workload.queries.find(({ id }) => id === state.queryId);
  if (query === undefined) return [];
  const before = figureSpan(figureOf(state, query.id, 'before'), state.now);
  if (isBaseline(state)) return [{ text: ` · Q${query.number} ` }, before];
  const after = figureOf(state, query.id, 'after');
  const change = changeSpan(changeOf(state, query.id));
  return [
    { text: ` · Q${query.number} ` },
    before,
    { text: ' → ' },
    figureSpan(after, state.now),
    { ...change, text: change.text === '' ? '' : ` ${change.text}` },
  ];
}

export function queriesPane(state: State, slot: Slot, frame: Frame): Line[] {
  const { queries } = state.workload;
  const focused = state.focus === 'queries';
  const options = { frame, width: slot.width, height: slot.height, focused, number: 'F3' };
  const rows = queryRows(state);
  const title: Line = [
    { text: 'Queries', bold: true },
    ...filterWords(state, 'queries', rows.length, queries.length),
    { text: counts(state) },
  ];
  if (slot.height <= 1) return framed([], { ...options, title: [...title, ...summary(state)] });

  const width = insideWidth(frame, slot.width);
  // Narrow terminals have no room for the target: the title has it, as a count.
  const hasTarget = width >= NARROW;
  const fixed = 1 + 2 + 1 + FIGURE + 3 + FIGURE + 1 + CHANGE + (hasTarget ? 1 + TARGET : 0) + 1;
  const mark = queries.some(({ id }) => differsAtProduction(state, id) === true) ? 2 : 0;
  const wanted = Math.max(...queries.map(query => cells(query.title)), 5) + mark;
  const titleWidth = Math.max(8, Math.min(wanted, width - fixed - 9));
  const how = Math.max(0, width - fixed - titleWidth);
  const heading: Line = [
    {
      text: `   ${left('query', titleWidth)} ${right('before', FIGURE)} → ${left('after', FIGURE)} ${left('change', CHANGE)}${hasTarget ? ` ${left('target', TARGET)}` : ''} ${left('got how', how)}`,
      dim: true,
    },
  ];
  const room = Math.max(1, insideHeight(frame, slot.height) - 1);
  const cursor = queries.findIndex(({ id }) => id === state.queryId);
  const first = firstVisible(Math.max(0, rows.indexOf(cursor)), rows.length, room);
  const lines = rows.slice(first, first + room).flatMap(index => {
    const query = queries[index];
    return query === undefined
      ? []
      : [row(queryLine(state, query, titleWidth, how, hasTarget), width, index === cursor, focused, index)];
  });
  return framed([heading, ...lines], { ...options, title });
}

/** Moving: through the list, the plan or the page that has the keyboard, from pane to pane, and from query to query. */
import { rowOf } from '../advice/rows.ts';
import { bothPlansVisible, isUnified, layoutOf, overlayRoom, slotOf, treeRoom } from '../layout.ts';
import { rowsWithFocus } from '../model/lists.ts';
import { sceneOf } from '../model/scene.ts';
import { placeOf, placeUnder, proposalCursorOf } from '../model/selectors.ts';
import { type Arranged, moveInPlan } from '../planView/planKeys.ts';
import { viewOfOthers } from '../planView/view.ts';
import type { PaneId, Side, State } from '../state/state.ts';
import type { Extent, Press } from './bindings.ts';
import type { Changes } from './changes.ts';
import type { Move } from './keyTable.ts';
import { among, type List, moved, scrolling } from './listCursor.ts';
import { paletteRows } from './palette.ts';
import { switchTo } from './proposalKeys.ts';

const moving =
  (move: Move) =>
  (state: State, { extent }: Press) =>
    movedBy(state, move, extent);

/** The cursor of the list or page that has the keyboard. */
export function movedBy(state: State, move: Move, extent: Extent | undefined): State {
  if (placeOf(state) === 'plan')
    return { ...state, view: moveInPlan(sceneOf(state), move, arrangedNow(state)) };
  const list = listInFocus(state, move, extent);
  return list === undefined ? state : moved(state, list, move);
}

/** How the plans are arranged on the screen just now. */
export function arrangedNow(state: State): Arranged {
  const both = bothPlansVisible(state);
  const slot = slotOf(state, 'plan', both ? state.view.side : undefined);
  const page = treeRoom(layoutOf(state).frame, slot?.height ?? 1);
  return { unified: isUnified(state), alone: !both, page };
}

function listInFocus(state: State, move: Move, extent: Extent | undefined): List<State> | undefined {
  const { asked, overlay } = state;
  const put = (scroll: number): State =>
    overlay === undefined ? state : { ...state, overlay: { ...overlay, scroll } };
  const place = placeUnder(state);
  switch (place) {
    case 'proposals':
    case 'queries': {
      const page = slotOf(state, place)?.height ?? 1;
      return among(rowsWithFocus(state) ?? [], {
        at: cursorOf(state, place),
        page,
        put: at => atRow(state, place, at),
      });
    }
    case 'asking':
      return asked && scrolling(extent, asked.scroll, scroll => ({ ...state, asked: { ...asked, scroll } }));
    case 'requirements':
    case 'settings':
    case 'history':
      return among(rowsWithFocus(state) ?? [], { at: overlay?.scroll ?? 0, page: overlayRoom(state), put });
    case 'palette':
      return { count: paletteRows(state).length, at: overlay?.scroll ?? 0, page: overlayRoom(state), put };
    case 'advice':
      return listInAdvice(state, move, extent);
    default:
      return overlay && scrolling(extent, overlay.scroll, put);
  }
}

const cursorOf = (state: State, list: 'proposals' | 'queries'): number =>
  list === 'proposals'
    ? proposalCursorOf(state)
    : state.workload.queries.findIndex(({ id }) => id === state.queryId);

/** The cursor of a pane's list on the row at this place in the whole list. */
export const atRow = (state: State, list: 'proposals' | 'queries', at: number): State =>
  list === 'proposals' ? { ...state, proposalCursor: at } : chooseQuery(state, at);

/** Lines and ends are the table's, pages the text's below it. On the frontier moving the cursor switches. */
function listInAdvice(state: State, move: Move, extent: Extent | undefined): List<State> {
  const { adviceView } = state;
  const withView = (change: Partial<State['adviceView']>): State => ({
    ...state,
    adviceView: { ...adviceView, ...change },
  });
  if (move === 'page-up' || move === 'page-down')
    return scrolling(extent, adviceView.text, text => withView({ text }));
  const rows = rowsWithFocus(state) ?? [];
  return among(rows, { at: rowOf(state), page: rows.length, put: row => atAdviceRow(state, row) });
}

/** The cursor of the advice's page on a row. */
export function atAdviceRow(state: State, row: number): State {
  const { adviceView } = state;
  const rows = { ...adviceView.rows, [adviceView.page]: row };
  const there: State = { ...state, adviceView: { ...adviceView, rows, text: 0 } };
  const point = state.survey?.advice?.frontier.points[row];
  return adviceView.page === 'frontier' && point !== undefined ? switchTo(there, point.proposals) : there;
}

/** Where both plans are on the screen each of them is a stop of its own. */
function cyclePane(state: State, step: 1 | -1): State {
  const both = bothPlansVisible({ ...state, zoomed: false });
  const stops: readonly { readonly focus: PaneId; readonly side: Side }[] = [
    { focus: 'queries', side: state.view.side },
    { focus: 'proposals', side: state.view.side },
    ...(both
      ? ([
          { focus: 'plan', side: 'before' },
          { focus: 'plan', side: 'after' },
        ] as const)
      : [{ focus: 'plan' as const, side: state.view.side }]),
  ];
  const at = stops.findIndex(
    stop => stop.focus === state.focus && (stop.focus !== 'plan' || !both || stop.side === state.view.side),
  );
  const next = stops[(at + step + stops.length) % stops.length];
  return next === undefined
    ? state
    : { ...state, focus: next.focus, view: { ...state.view, side: next.side } };
}

/** The panels by the numbers in their titles. */
const PANELS: readonly { readonly number: number; readonly focus: PaneId; readonly side?: Side }[] = [
  { number: 2, focus: 'queries' },
  { number: 3, focus: 'proposals' },
  { number: 4, focus: 'plan', side: 'before' },
  { number: 5, focus: 'plan', side: 'after' },
];

function toPanel(state: State, number: number): State {
  const panel = PANELS.find(one => one.number === number);
  if (panel === undefined) return state;
  const { focus, side = state.view.side } = panel;
  return { ...state, focus, view: isUnified(state) ? state.view : { ...state.view, side } };
}

/** Puts the nth query of the workload (from 0) in view. A new revision, because the session plans that one first. */
function chooseQuery(state: State, index: number): State {
  const query = state.workload.queries[index];
  if (query === undefined || query.id === state.queryId) return state;
  const view = viewOfOthers(state.view);
  return { ...state, queryId: query.id, view, idle: false, revision: state.revision + 1 };
}

/** The query in view with its next set of values; after the last one comes the first. */
function nextValues(state: State): State {
  const { queries } = state.workload;
  const at = queries.findIndex(({ id }) => id === state.queryId);
  const number = queries[at]?.number;
  const next = queries[at + 1]?.number === number ? at + 1 : queries.findIndex(q => q.number === number);
  return chooseQuery(state, next);
}

/** With its first values. */
function chooseNumber(state: State, number: number): State {
  const at = state.workload.queries.findIndex(query => query.number === number);
  return at < 0 ? { ...state, message: `there is no query ${number}` } : chooseQuery(state, at);
}

/** `7`, and after `g` each further digit: `g12` is query 12. */
function chooseDigit(state: State, { key }: Press): State {
  const { typedNumber } = state;
  if (typedNumber === undefined) return chooseNumber(state, Number(key));
  const typed = `${typedNumber}${key}`;
  const numbers = state.workload.queries.map(({ number }) => `${number}`);
  // The number is complete: the next digit begins another one.
  if (!numbers.some(number => number.startsWith(typed)))
    return chooseNumber({ ...state, typedNumber: undefined }, Number(key));
  const isQuery = numbers.includes(typed);
  return { ...(isQuery ? chooseNumber(state, Number(typed)) : state), typedNumber: typed };
}

const SORTS = ['number', 'time', 'gain', 'name'] as const;
const nextSort = (sort: State['querySort']): State['querySort'] =>
  SORTS[(SORTS.indexOf(sort) + 1) % SORTS.length] ?? 'number';

export const moveKeys = {
  up: moving('up'),
  down: moving('down'),
  'page-up': moving('page-up'),
  'page-down': moving('page-down'),
  // A number may follow.
  top: (state, press) => ({ ...moving('top')(state, press), typedNumber: '' }),
  bottom: moving('bottom'),
  'next-pane': state => cyclePane(state, 1),
  'previous-pane': state => cyclePane(state, -1),
  panel: (state, { key }) => toPanel(state, Number(key.slice(1))),
  query: chooseDigit,
  sort: state => ({ ...state, querySort: nextSort(state.querySort) }),
  values: nextValues,
  zoom: state => ({ ...state, zoomed: !state.zoomed }),
} satisfies Changes;

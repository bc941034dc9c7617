/** State changes of clicks and the wheel; the view finds the item under the pointer. */
import { sceneOf } from '../model/scene.ts';
import { placeOf, placeUnder } from '../model/selectors.ts';
import { withCursor } from '../planView/fold.ts';
import type { PaneId, Side, State } from '../state/state.ts';
import type { Extent } from './bindings.ts';
import { atAdviceRow, atRow, movedBy } from './moveKeys.ts';
import { proposalKeys } from './proposalKeys.ts';

export interface Pointed {
  /** undefined: the page over the panes. */
  readonly pane: PaneId | undefined;
  readonly side: Side | undefined;
  /** The row under the pointer, by its place in the whole list; of a plan the node. */
  readonly item: number | undefined;
  /** On its checkbox. */
  readonly isBox: boolean;
}

/** Prompts and questions want an answer from the keyboard first. */
const isFree = (state: State): boolean => {
  const place = placeOf(state);
  return place === placeUnder(state) && !['editing', 'search', 'typing', 'folder', 'lost'].includes(place);
};

export function clicked(state: State, { pane, side, item, isBox }: Pointed): State {
  if (!isFree(state)) return state;
  if (pane === undefined) {
    const { overlay } = state;
    if (overlay === undefined || item === undefined) return state;
    return overlay.kind === 'advice'
      ? atAdviceRow(state, item)
      : { ...state, overlay: { ...overlay, scroll: item } };
  }
  const focused: State = {
    ...state,
    message: undefined,
    focus: pane,
    view: side === undefined ? state.view : { ...state.view, side },
  };
  if (item === undefined) return focused;
  if (pane === 'plan') return { ...focused, view: withCursor(sceneOf(focused), focused.view.side, item) };
  const selected = atRow(focused, pane, item);
  return isBox ? proposalKeys.switch(selected) : selected;
}

/** Lines of a plan or a text that one notch of the wheel scrolls. */
const NOTCH = 3;

/** The pane under the pointer moves; the keyboard stays where it is. */
export function wheeled(
  state: State,
  { pane, side }: Pointed,
  down: boolean,
  extent: Extent | undefined,
): State {
  if (!isFree(state)) return state;
  const isList = pane === 'proposals' || pane === 'queries' || extent === undefined;
  const notches = pane === 'plan' || !isList ? NOTCH : 1;
  // Below the advice's table there is a text, and on its frontier a move of the cursor would switch.
  const move = placeUnder(state) === 'advice' ? (down ? 'page-down' : 'page-up') : down ? 'down' : 'up';
  let next: State =
    pane === undefined
      ? state
      : { ...state, focus: pane, view: { ...state.view, side: side ?? state.view.side } };
  for (let notch = 0; notch < (move === 'up' || move === 'down' ? notches : 1); notch++)
    next = movedBy(next, move, extent);
  return { ...next, focus: state.focus, view: { ...next.view, side: state.view.side } };
}

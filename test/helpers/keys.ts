/** Keys through the same table as the keyboard, to states without a screen. */
import { actionFor } from '../../src/tui/keys/bindings.ts';
import { placeOf } from '../../src/tui/model/selectors.ts';
import { extentOf } from '../../src/tui/screens/extent.ts';
import { reduce } from '../../src/tui/state/reduce.ts';
import type { State } from '../../src/tui/state/state.ts';
import { viewerExtent } from '../../src/tui/viewer/overlay.ts';
import { reduceViewer, viewerActionFor } from '../../src/tui/viewer/reduce.ts';
import type { ViewerState } from '../../src/tui/viewer/viewerState.ts';

/** @throws where a key means nothing. */
export function press(state: State, ...keys: readonly string[]): State {
  return keys.reduce((current, key) => {
    const action = actionFor(key, current, extentOf);
    if (action === undefined) throw new Error(`${key} means nothing in ${placeOf(current)}`);
    return reduce(current, action);
  }, state);
}

/** Any keys: those that mean nothing are passed over. */
export function pressAny(state: State, ...keys: readonly string[]): State {
  return keys.reduce((current, key) => {
    const action = actionFor(key, current, extentOf);
    return action === undefined ? current : reduce(current, action);
  }, state);
}

/** The same in the viewer of saved plans. */
export function pressInViewer(state: ViewerState, ...keys: readonly string[]): ViewerState {
  return keys.reduce((current, key) => {
    const action = viewerActionFor(key, current, viewerExtent);
    return action === undefined ? current : reduceViewer(current, action);
  }, state);
}

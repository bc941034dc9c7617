/** (state, action) → state of the viewer, pure. */
import type { CommandId, Press } from '../keymap.ts';
import { isMove, target } from '../move.ts';
import { treeRoom } from '../planView/pane.ts';
import { reducePlanView } from '../planView/reduce.ts';
import { INITIAL_VIEW, otherSide, viewOfOthers } from '../planView/types.ts';
import type { Size } from '../state/types.ts';
import { arrangementOf, bodyRows, viewerPlace, viewerScene } from './arrangement.ts';
import { overlayLines } from './overlay.ts';
import type { ViewedStatement, ViewerAction, ViewerState } from './types.ts';

export function initialViewer(
  files: readonly string[],
  statements: readonly ViewedStatement[],
  size: Size,
): ViewerState {
  return { files, statements, at: 0, view: INITIAL_VIEW, size, overlay: undefined, message: undefined };
}

export function reduceViewer(state: ViewerState, action: ViewerAction): ViewerState {
  switch (action.type) {
    case 'plans:read':
      return { ...state, statements: action.statements };
    case 'plan:ready':
      return { ...state };
    case 'terminal:resized':
      return { ...state, size: action.size };
    case 'message:said':
      return { ...state, message: action.text };
    case 'key:pressed':
      return reduceKey({ ...state, message: undefined }, action.press);
  }
}

function reduceKey(state: ViewerState, { command, key }: Press): ViewerState {
  switch (command) {
    case 'help':
    case 'sql':
      return {
        ...state,
        overlay: state.overlay?.kind === command ? undefined : { kind: command, scroll: 0 },
      };
    case 'open':
      return { ...state, overlay: { kind: 'node', scroll: 0 } };
    case 'close':
      return { ...state, overlay: undefined };
    case 'query':
      return toStatement(state, Number(key) - 1);
    case 'next-statement':
      return toStatement(state, state.at + 1);
    case 'previous-statement':
      return toStatement(state, state.at - 1);
    case 'next-pane':
    case 'previous-pane':
      return arrangementOf(state) === 'sides'
        ? { ...state, view: { ...state.view, side: otherSide(state.view.side) } }
        : state;
    default:
      return viewerPlace(state) === 'overlay' ? scrolled(state, command) : inPlan(state, command, key);
  }
}

function toStatement(state: ViewerState, at: number): ViewerState {
  if (state.statements[at] === undefined || at === state.at) return state;
  return { ...state, at, view: viewOfOthers(state.view) };
}

function inPlan(state: ViewerState, command: CommandId, key: string): ViewerState {
  const arrangement = arrangementOf(state);
  const page = treeRoom('box', bodyRows(state));
  const arranged = { unified: arrangement === 'unified', alone: arrangement !== 'sides', page };
  const view = reducePlanView(viewerScene(state), command, key, arranged);
  return view === undefined ? state : { ...state, view };
}

function scrolled(state: ViewerState, command: CommandId): ViewerState {
  const { overlay } = state;
  if (overlay === undefined || !isMove(command)) return state;
  const room = bodyRows(state) - 2;
  const count = Math.max(1, overlayLines(state).length - room + 1);
  return { ...state, overlay: { ...overlay, scroll: target(command, overlay.scroll, count, room) } };
}

/** (state, action) → state of the viewer, pure. */
import { TEXT_COMMANDS, type TextCommand, textAfter } from '../editor/text.ts';
import { bindingFor, commandFor, type Extent, type Press } from '../keys/bindings.ts';
import type { Binding, Move, ViewerCommand } from '../keys/keyTable.ts';
import { moved, scrolling } from '../keys/listCursor.ts';
import { treeRoom } from '../layout.ts';
import { type Arranged, moveInPlan, planKeysOf, searched } from '../planView/planKeys.ts';
import { INITIAL_VIEW, otherSide, viewOfOthers } from '../planView/view.ts';
import type { Size } from '../state/state.ts';
import {
  arrangementOf,
  bodyRows,
  type ViewedStatement,
  type ViewerAction,
  type ViewerState,
  viewerPlace,
  viewerScene,
} from './viewerState.ts';

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

/** Why a key cannot act now; undefined where it can. */
export function whyNotInViewer({ cannot }: Binding, state: ViewerState): string | undefined {
  return cannot.viewer?.(state) ?? cannot.plan?.(viewerScene(state));
}

/** @param extentOf How long the page in view is, as its view knows. */
export function viewerActionFor(
  key: string,
  state: ViewerState,
  extentOf: (state: ViewerState) => Extent | undefined,
): ViewerAction | undefined {
  const place = viewerPlace(state);
  const binding = bindingFor(key, place, 'viewer');
  const why = binding && whyNotInViewer(binding, state);
  if (why !== undefined) return { type: 'message:said', text: why };
  const command = commandFor(key, place, 'viewer');
  return command && { type: 'key:pressed', press: { command, key, extent: extentOf(state) } };
}

type Change = (state: ViewerState, press: Press) => ViewerState;

const moving =
  (move: Move): Change =>
  (state, { extent }) => {
    const { overlay } = state;
    if (overlay === undefined)
      return { ...state, view: moveInPlan(viewerScene(state), move, arrangedNow(state)) };
    const put = (scroll: number): ViewerState => ({ ...state, overlay: { ...overlay, scroll } });
    return moved(state, scrolling(extent, overlay.scroll, put), move);
  };

const texting =
  (command: TextCommand): Change =>
  (state, { key }) => {
    const { search } = state.view;
    if (viewerPlace(state) !== 'search' || search === undefined) return state;
    const text = textAfter(search, command, key);
    return { ...state, view: searched(viewerScene(state), arrangedNow(state), text) };
  };

const opening =
  (kind: 'help' | 'sql' | 'node' | 'marks'): Change =>
  state => ({ ...state, overlay: state.overlay?.kind === kind ? undefined : { kind, scroll: 0 } });

const otherPane: Change = state => ({
  ...state,
  view: { ...state.view, side: otherSide(state.view.side) },
});

/** Orders to the program: viewer/run.ts obeys. */
type Order = 'quit' | 'interrupt' | 'suspend' | 'copy-node' | 'copy-plan';

const CHANGES: Readonly<Record<Exclude<ViewerCommand, Order>, Change>> = {
  ...planKeysOf<ViewerState>(viewerScene, arrangedNow, (state, view) => ({ ...state, view })),
  ...(Object.fromEntries(TEXT_COMMANDS.map(command => [command, texting(command)])) as Record<
    TextCommand,
    Change
  >),
  up: moving('up'),
  down: moving('down'),
  'page-up': moving('page-up'),
  'page-down': moving('page-down'),
  top: moving('top'),
  bottom: moving('bottom'),
  help: opening('help'),
  marks: opening('marks'),
  sql: opening('sql'),
  'open-node': opening('node'),
  close: state => ({ ...state, overlay: undefined }),
  query: (state, { key }) => toStatement(state, Number(key) - 1),
  'next-statement': state => toStatement(state, state.at + 1),
  'previous-statement': state => toStatement(state, state.at - 1),
  'next-pane': otherPane,
  'previous-pane': otherPane,
};

function reduceKey(state: ViewerState, press: Press): ViewerState {
  const change = (CHANGES as Readonly<Partial<Record<string, Change>>>)[press.command];
  return change === undefined ? state : change(state, press);
}

function toStatement(state: ViewerState, at: number): ViewerState {
  if (state.statements[at] === undefined || at === state.at) return state;
  return { ...state, at, view: viewOfOthers(state.view) };
}

function arrangedNow(state: ViewerState): Arranged {
  const arrangement = arrangementOf(state);
  const page = treeRoom('box', bodyRows(state));
  return { unified: arrangement === 'unified', alone: arrangement !== 'sides', page };
}

/** Moving the cursor: in the lists, in the plans, and through an open overlay. */

import { overlayRoom } from '../frame.ts';
import type { CommandId } from '../keymap.ts';
import { bothPlansVisible, isUnified, layoutOf, slotOf } from '../layout.ts';
import { boardOf, rowsOf } from '../model/requirements.ts';
import { sceneOf } from '../model/scene.ts';
import { type Move, target } from '../move.ts';
import { overlayLines } from '../overlays/content.ts';
import { treeRoom } from '../planView/pane.ts';
import { reducePlanView } from '../planView/reduce.ts';
import { settingRows } from '../settings/rows.ts';
import { chooseQuery } from './choose.ts';
import type { State } from './types.ts';

export function reduceMove(state: State, move: Move, key: string): State {
  if (state.overlay !== undefined) return scrollOverlay(state, move);
  switch (state.focus) {
    case 'proposals': {
      const { proposals } = state.workload;
      const page = slotOf(state, 'proposals')?.height ?? 1;
      return { ...state, proposalCursor: target(move, state.proposalCursor, proposals.length, page) };
    }
    case 'queries': {
      const { queries } = state.workload;
      const at = queries.findIndex(query => query.id === state.queryId);
      const page = slotOf(state, 'queries')?.height ?? 1;
      return chooseQuery(state, target(move, at, queries.length, page));
    }
    case 'plan':
      return reducePlan(state, move, key);
  }
}

/** Keys about the plans; what they change is the view alone. */
export function reducePlan(state: State, command: CommandId, key: string): State {
  const unified = isUnified(state);
  const both = bothPlansVisible(state);
  const slot = slotOf(state, 'plan', both ? state.view.side : undefined);
  const page = treeRoom(layoutOf(state).frame, slot?.height ?? 1);
  const view = reducePlanView(sceneOf(state), command, key, { unified, alone: !both, page });
  return view === undefined ? state : { ...state, view };
}

function scrollOverlay(state: State, move: Move): State {
  const { overlay } = state;
  if (overlay === undefined) return state;
  if (overlay.kind === 'requirements') {
    const count = rowsOf(boardOf(state)).length;
    return {
      ...state,
      overlay: { ...overlay, scroll: target(move, overlay.scroll, count, overlayRoom(state)) },
    };
  }
  if (overlay.kind === 'settings') {
    const count = settingRows(state.settings).length;
    const scroll = target(move, overlay.scroll, Math.max(1, count), overlayRoom(state));
    return { ...state, overlay: { ...overlay, scroll } };
  }
  const room = overlayRoom(state);
  const lines = overlayLines(state).length;
  // The cursor of an overlay is its first visible line; the last page is the end.
  const scroll = target(move, overlay.scroll, Math.max(1, lines - room + 1), room);
  return { ...state, overlay: { ...overlay, scroll } };
}

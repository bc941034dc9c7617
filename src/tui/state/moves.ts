/** Moving the cursor: in the lists, in the plans, and through an open overlay. */
import type { CommandId } from '../keymap.ts';
import { bothPlansVisible, slotOf } from '../layout.ts';
import { type PlanRow, planRowsOf } from '../model/planRows.ts';
import { overlayLines, overlayRoom } from '../overlays/content.ts';
import { chooseQuery } from './choose.ts';
import type { Side, State } from './types.ts';

export type Move = Extract<
  CommandId,
  'up' | 'down' | 'page-up' | 'page-down' | 'top' | 'bottom' | 'costliest' | 'next-change'
>;

/** Where a cursor goes; `page` is how many lines are in view. */
function target(move: Move, at: number, count: number, page: number): number {
  const half = Math.max(1, Math.floor(page / 2));
  const steps: Readonly<Record<Move, number>> = {
    up: at - 1,
    down: at + 1,
    'page-up': at - half,
    'page-down': at + half,
    top: 0,
    bottom: count - 1,
    costliest: at,
    'next-change': at,
  };
  return Math.max(0, Math.min(steps[move], count - 1));
}

export function reduceMove(state: State, move: Move): State {
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
      return moveInPlan(state, move);
  }
}

function moveInPlan(state: State, move: Move): State {
  const side: Side = state.side;
  const rows = planRowsOf(state, side);
  if (rows.length === 0) return state;
  const page = slotOf(state, 'plan', bothPlansVisible(state) ? side : undefined)?.height ?? 1;
  const at = Math.min(state.nodeCursor[side], rows.length - 1);
  const next =
    move === 'costliest'
      ? rows.findIndex(row => row.costliest)
      : move === 'next-change'
        ? nextChange(rows, at)
        : target(move, at, rows.length, page);
  return next < 0 ? state : { ...state, nodeCursor: { ...partnerCursor(state, rows[next]), [side]: next } };
}

/** The cursor on the other side goes along to the node that is the same step there. */
function partnerCursor(state: State, row: PlanRow | undefined): State['nodeCursor'] {
  const other = state.side === 'before' ? 'after' : 'before';
  return row?.partner === undefined ? state.nodeCursor : { ...state.nodeCursor, [other]: row.partner };
}

/** The next changed row after the cursor, going around at the end; -1 when none changed. */
function nextChange(rows: readonly { readonly change: string }[], at: number): number {
  const changed = rows.flatMap((row, index) => (row.change === 'same' ? [] : [index]));
  return changed.find(index => index > at) ?? changed[0] ?? -1;
}

function scrollOverlay(state: State, move: Move): State {
  const { overlay } = state;
  if (overlay === undefined) return state;
  const room = overlayRoom(state);
  const lines = overlayLines(state).length;
  // The cursor of an overlay is its first visible line; the last page is the end.
  const scroll = target(move, overlay.scroll, Math.max(1, lines - room + 1), room);
  return { ...state, overlay: { ...overlay, scroll } };
}

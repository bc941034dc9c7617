/** Which plans the viewer shows, and how they share its screen. */
import type { Place } from '../keymap.ts';
import { SIDE_BY_SIDE } from '../layout.ts';
import { pairOf } from '../planView/pair.ts';
import { readyPart } from '../planView/ready.ts';
import type { PlanScene } from '../planView/types.ts';
import type { ViewerState } from './types.ts';

/** Nothing is known beside a saved plan. One object for good: facts are kept by it. */
const NOTHING = {};
const SURROUNDINGS = { before: NOTHING, after: NOTHING };

export const viewerScene = (state: ViewerState): PlanScene => readyPart(wholeScene(state));

/** Also of plans that are still being worked out. */
export function wholeScene({ statements, at, view }: ViewerState): PlanScene {
  const { before, after } = statements[at] ?? { before: undefined, after: undefined };
  const side = after === undefined ? 'before' : before === undefined ? 'after' : view.side;
  return { before, after, surroundings: SURROUNDINGS, view: side === view.side ? view : { ...view, side } };
}

export function arrangementOf(state: ViewerState): 'alone' | 'sides' | 'unified' | 'one of two' {
  if (pairOf(viewerScene(state)) === undefined) return 'alone';
  const { arrangement } = state.view;
  const wide = state.size.columns >= SIDE_BY_SIDE;
  if (arrangement === 'unified' || (arrangement === 'auto' && !wide)) return 'unified';
  return wide ? 'sides' : 'one of two';
}

/** Header, status line, footer, and a line that stays free: a frame as tall as the terminal clears the scrollback. */
const CHROME = 4;

export function bodyRows({ size }: ViewerState): number {
  return size.rows - CHROME;
}

export function viewerPlace({ overlay, view }: ViewerState): Place {
  if (overlay !== undefined) return 'overlay';
  return view.search?.editing === true ? 'search' : 'plan';
}

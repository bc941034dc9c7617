/** What the viewer of saved plans shows, in one immutable value, and how its plans share the screen. */
import type { Plan } from '../../plan/plan.ts';
import type { Press } from '../keys/bindings.ts';
import type { Place } from '../keys/keyTable.ts';
import { SIDE_BY_SIDE } from '../layout.ts';
import { pairOf } from '../planView/pair.ts';
import { readyPart } from '../planView/ready.ts';
import type { PlanScene, PlanView } from '../planView/view.ts';
import type { Size } from '../state/state.ts';

/** One statement of the files: its plan, or its plans before and after. */
export interface ViewedStatement {
  readonly before: Plan | undefined;
  readonly after: Plan | undefined;
}

export interface ViewerState {
  /** As they were named: one, or before and after. */
  readonly files: readonly string[];
  /** None while the files are read. */
  readonly statements: readonly ViewedStatement[];
  /** Which statement is in view. */
  readonly at: number;
  readonly view: PlanView;
  readonly size: Size;
  readonly overlay: { readonly kind: 'help' | 'node' | 'sql' | 'marks'; readonly scroll: number } | undefined;
  readonly message: string | undefined;
}

export type ViewerAction =
  /** The files are read. */
  | { readonly type: 'plans:read'; readonly statements: readonly ViewedStatement[] }
  /** A big plan can be shown now (planView/ready.ts). */
  | { readonly type: 'plan:ready' }
  | { readonly type: 'key:pressed'; readonly press: Press }
  | { readonly type: 'terminal:resized'; readonly size: Size }
  | { readonly type: 'message:said'; readonly text: string };

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

/** How long the text in view is: the reducer scrolls by it, and only what draws the text knows. */
import { adviceText } from '../advice/page.ts';
import type { Extent } from '../keys/bindings.ts';
import { askedRoom, overlayRoom, summaryRoom } from '../layout.ts';
import { overlayLines } from '../overlays/content.ts';
import type { State } from '../state/state.ts';
import { askedLines } from './preflight.ts';

export function extentOf(state: State): Extent | undefined {
  if (state.phase === 'asking') return { lines: askedLines(state).length, room: askedRoom(state) };
  switch (state.overlay?.kind) {
    case undefined:
      return undefined;
    case 'advice':
      return adviceText(state);
    case 'summary':
      return { lines: state.workload.queries.length, room: summaryRoom(state) };
    default:
      return { lines: overlayLines(state).length, room: overlayRoom(state) };
  }
}

/** What lies over the viewer's plans, as lines: help, a node, the statement's SQL. */
import type { Line } from '../cell.ts';
import type { Extent } from '../keys/bindings.ts';
import { helpLines } from '../overlays/help.ts';
import { sqlToLines } from '../overlays/highlight.ts';
import { legendLines } from '../planView/legend.ts';
import { nodePage } from '../planView/nodePage.ts';
import { bodyRows, type ViewerState, viewerScene } from './viewerState.ts';

export function overlayLines(state: ViewerState): readonly Line[] {
  const width = state.size.columns - 4;
  switch (state.overlay?.kind) {
    case 'help':
      return helpLines(width, 'viewer');
    case 'marks':
      return legendLines(width, 'viewer');
    case 'node':
      return nodePage(viewerScene(state), width);
    case 'sql':
      return sqlLines(state, width);
    default:
      return [];
  }
}

/** How long the open page is, and how much of it is in view. */
export function viewerExtent(state: ViewerState): Extent | undefined {
  return state.overlay && { lines: overlayLines(state).length, room: bodyRows(state) - 2 };
}

function sqlLines(state: ViewerState, width: number): readonly Line[] {
  const { before, after } = viewerScene(state);
  const text = after?.queryText ?? before?.queryText;
  if (text === undefined)
    return [[{ text: 'The file does not have the SQL; auto_explain’s log has.', dim: true }]];
  return sqlToLines(text, width);
}

export const OVERLAY_TITLES = { help: 'Help', node: 'Node', sql: 'SQL', marks: 'Marks' } as const;

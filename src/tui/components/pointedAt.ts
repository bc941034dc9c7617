/** What is drawn at a cell of the screen: the pane or page, and the row of its list. */
import { cells, type Line } from '../cell.ts';
import type { Pointed } from '../keys/mouse.ts';
import { layoutOf } from '../layout.ts';
import { inView, isOfSession } from '../model/inView.ts';
import { tooSmall } from '../model/selectors.ts';
import { PANES } from '../panes/panes.ts';
import type { State } from '../state/state.ts';
import { overlayBox } from './overlayBox.ts';

/** The header's line. */
const ABOVE = 1;

export function pointedAt(state: State, column: number, row: number): Pointed | undefined {
  if (tooSmall(state)) return undefined;
  const line = row - ABOVE;
  const page = { pane: undefined, side: undefined };
  if (state.phase === 'asking') return { ...page, item: undefined, isBox: false };
  if (state.phase !== 'exploring' || state.editor !== undefined) return undefined;
  const { overlay } = state;
  if (overlay !== undefined) {
    const shown = isOfSession(overlay) ? state : inView(state);
    const lines = overlay.kind === 'summary' ? [] : overlayBox(shown, overlay);
    return { ...page, ...itemIn(lines[line], column) };
  }
  const shown = inView(state);
  const { rows, frame } = layoutOf(shown);
  let top = 0;
  for (const slots of rows) {
    const height = slots[0]?.height ?? 0;
    if (line >= top && line < top + height) {
      let left = 0;
      for (const slot of slots) {
        if (column < left + slot.width) {
          const lines = PANES[slot.pane](shown, slot, frame);
          return { pane: slot.pane, side: slot.side, ...itemIn(lines[line - top], column - left) };
        }
        left += slot.width;
      }
    }
    top += height;
  }
  return undefined;
}

function itemIn(line: Line | undefined, column: number): Pick<Pointed, 'item' | 'isBox'> {
  const item = line?.find(span => span.item !== undefined)?.item;
  let left = 0;
  for (const span of line ?? []) {
    left += cells(span.text);
    if (column < left) return { item, isBox: span.isBox === true };
  }
  return { item, isBox: false };
}

import { type Line, truncate } from '../cell.ts';
import { MIN_COLUMNS, MIN_ROWS } from '../model/selectors.ts';
import type { Size } from '../state/state.ts';

/** Below the least size: which one is needed, in lines that fit where the panes do not. */
export function tooSmallLines(size: Size, question?: string): Line[] {
  const texts = [
    ...(question === undefined ? [] : [`${question} y yes, n no`]),
    `The explorer needs ${MIN_COLUMNS}×${MIN_ROWS}.`,
    `This terminal is ${size.columns}×${size.rows}.`,
    'Make it larger, or press q to quit.',
  ];
  return texts.slice(0, Math.max(1, size.rows - 1)).map(text => [{ text: truncate(text, size.columns) }]);
}

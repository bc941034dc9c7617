/** What stood between two lines before something broke them: a blank, or nothing. */
import type { Line } from '../source.ts';
import { areFigures, openFigures } from './figures.ts';

const MAX_PARTS = 8;

/** Nobody's window is narrower. */
const NARROWEST = 40;

/** @returns The length at which lines were cut without regard for words; -1 where none seem to be. */
export function wrapWidth(lines: readonly Line[]): number {
  let longest = 0;
  let count = 0;
  for (const { text } of lines) {
    if (text.length === longest) count++;
    else if (text.length > longest) {
      longest = text.length;
      count = 1;
    }
  }
  return count >= 2 && longest >= NARROWEST ? longest : -1;
}

/** Where a figure may begin; elsewhere among the figures a break is in the middle of one. */
const FIGURE = /^(?:\(|rows=|width=|time=|loops=)/;

/** @param parts What there is of the text so far. @param cut The last line was cut at the width of the window. */
export function glueOf(parts: readonly string[], next: string, cut: boolean): '' | ' ' {
  // Figures may be spread over several lines, but over no more than a heading.
  const open = openFigures(parts.slice(-MAX_PARTS).join(''));
  if (open === undefined) return cut ? '' : ' ';
  const end = next.indexOf(')') + 1;
  if (end > 0 && areFigures(open + next.slice(0, end))) return '';
  if (end > 0 && areFigures(`${open} ${next.slice(0, end)}`)) return ' ';
  return FIGURE.test(next) ? ' ' : '';
}

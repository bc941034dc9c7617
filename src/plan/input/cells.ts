/** Cells in quotes, as pgAdmin, CSV and scripts have them: one a line, some of the lines, or a whole plan in one. */
import type { Line } from './source.ts';
import { classify, indented } from './text/lineKinds.ts';

/** By quote: itself within a cell, doubled or escaped. */
const QUOTES: ReadonlyMap<string, RegExp> = new Map([
  ['"', /["\\]"/g],
  ["'", /['\\]'/g],
  ['`', /[`\\]`/g],
]);
/** Behind a cell. */
const CELL_END = /^[,;+\s)\]]*$/;
/** Below the name of a subplan. */
const ARROW = { column: 0, text: '->' };

export function unframeCells(lines: readonly Line[]): readonly Line[] {
  const unquoted: Line[] = [];
  /** Of the cell on the line before: the rest of a constant with a line end in it is quoted like it. */
  let before = '';
  for (let i = 0; i < lines.length; ) {
    const line = lines[i];
    if (line === undefined) break;
    const start = line.text.search(/[^\s([]/);
    const quote = line.text[start] ?? '';
    if (!QUOTES.has(quote) || !isCell(line.text, start, quote, before)) {
      before = '';
      unquoted.push(line);
      i++;
      continue;
    }
    const cell = cellAt(lines, i, start + 1, lines.length, quote);
    for (const one of cell.lines) unquoted.push(one);
    before = cell.next === i + 1 ? quote : '';
    i = cell.next;
  }
  return unquoted;
}

/** What EXPLAIN prints begins with no quote, but the rest of a line that was broken may. */
function isCell(text: string, start: number, quote: string, before: string): boolean {
  const end = endOfCell(text, start + 1, quote);
  const content = unescaped(text.slice(start + 1, end < 0 ? undefined : end), quote).trimStart();
  if (/^(?:<explain|- Plan:|QUERY PLAN$)/.test(content)) return true;
  if (end >= 0 && quote === before && CELL_END.test(text.slice(end + 1))) return true;
  const whole = end < 0 || CELL_END.test(text.slice(end + 1));
  // Not the rest of a condition: `'{1,2}'::integer[])`.
  if (/^[[{]/.test(content)) return whole || quote === '"';
  return whole && classify(indented(content), ARROW).kind !== 'other';
}

function unescaped(text: string, quote: string): string {
  return text.replace(QUOTES.get(quote) ?? '', quote);
}

export interface Cell {
  readonly lines: readonly Line[];
  /** The position after the line it ends on. */
  readonly next: number;
}

/**
 * A cell that may span lines.
 * @param column Where its content begins, after the quote. @param limit Where it must end, closed or not.
 */
export function cellAt(
  lines: readonly Line[],
  start: number,
  column: number,
  limit = lines.length,
  quote = '"',
): Cell {
  const content: Line[] = [];
  for (let i = start; i < limit; i++) {
    const line = lines[i];
    if (line === undefined) break;
    const from = i === start ? column : 0;
    const end = endOfCell(line.text, from, quote);
    content.push({
      text: unescaped(line.text.slice(from, end < 0 ? undefined : end), quote),
      number: line.number,
    });
    if (end >= 0) return { lines: content, next: i + 1 };
  }
  return { lines: content, next: limit };
}

/** @returns Where the quote is that is neither doubled nor escaped; -1 where the cell goes on. */
function endOfCell(text: string, from: number, quote: string): number {
  for (let i = text.indexOf(quote, from); i >= 0; i = text.indexOf(quote, i)) {
    const escaped = text[i - 1] === '\\' && i > from;
    if (!escaped && text[i + 1] !== quote) return i;
    i += escaped ? 1 : 2;
  }
  return -1;
}

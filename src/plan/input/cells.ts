/** Quoted cells of pgAdmin, CSV and scripts: one per line, on some lines only, or a whole plan in one cell. */
import type { Line } from './source.ts';
import { classify, indented } from './text/lineKinds.ts';

/** Quote → how it is escaped within a cell. */
const QUOTES: ReadonlyMap<string, RegExp> = new Map([
  ['"', /["\\]"/g],
  ["'", /['\\]'/g],
  ['`', /[`\\]`/g],
]);
/** What may follow a cell. */
const CELL_END = /^[,;+\s)\]]*$/;
/** A following line that lets classify() recognize the name of a subplan. */
const ARROW = { column: 0, text: '->' };

export function unframeCells(lines: readonly Line[]): readonly Line[] {
  const unquoted: Line[] = [];
  /** Quote of the cell on the previous line: the rest of a constant with a line break has the same. */
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

/** No line of EXPLAIN begins with a quote, but the rest of a broken line may. */
function isCell(text: string, start: number, quote: string, before: string): boolean {
  const end = endOfCell(text, start + 1, quote);
  const content = unescaped(text.slice(start + 1, end < 0 ? undefined : end), quote).trimStart();
  if (/^(?:<explain|- Plan:|QUERY PLAN$)/.test(content)) return true;
  if (end >= 0 && quote === before && CELL_END.test(text.slice(end + 1))) return true;
  const whole = end < 0 || CELL_END.test(text.slice(end + 1));
  // `'{1,2}'::integer[])` is the rest of a condition.
  if (/^[[{]/.test(content)) return whole || quote === '"';
  return whole && classify(indented(content), ARROW).kind !== 'other';
}

function unescaped(text: string, quote: string): string {
  return text.replace(QUOTES.get(quote) ?? '', quote);
}

interface Cell {
  readonly lines: readonly Line[];
  /** Index of the line after the cell. */
  readonly next: number;
}

/**
 * Reads a cell, which may span lines.
 * @param column Where its content begins, after the quote. @param limit Index of the line where it ends at the latest.
 */
export function cellAt(
  lines: readonly Line[],
  start: number,
  column: number,
  limit: number,
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

/** @returns Position of the closing quote; -1 if the cell continues on the next line. */
function endOfCell(text: string, from: number, quote: string): number {
  for (let i = text.indexOf(quote, from); i >= 0; i = text.indexOf(quote, i)) {
    const escaped = text[i - 1] === '\\' && i > from;
    if (!escaped && text[i + 1] !== quote) return i;
    i += escaped ? 1 : 2;
  }
  return -1;
}

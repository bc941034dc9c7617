/** Cells in double quotes, as pgAdmin and CSV have them: one a line, or a whole plan in one. */
import type { Line } from './source.ts';

/** @returns The lines themselves where the first one is not quoted. */
export function unframeCells(lines: readonly Line[]): readonly Line[] {
  const first = lines.find(({ text }) => /\S/.test(text) && !/^"?QUERY PLAN"?$/.test(text.trim()));
  if (first === undefined || !first.text.trimStart().startsWith('"')) return lines;
  const unquoted: Line[] = [];
  for (let i = 0; i < lines.length; ) {
    const line = lines[i];
    if (line === undefined) break;
    const start = line.text.indexOf('"');
    const whole = /^"(.*)"[,;]?$/.exec(line.text.trim());
    if (start < 0 || line.text.slice(0, start).trim() !== '') {
      unquoted.push(line);
      i++;
    } else if (whole !== null && isWhole(whole[1] ?? '')) {
      unquoted.push({ text: (whole[1] ?? '').replaceAll('""', '"'), number: line.number });
      i++;
    } else {
      const cell = cellAt(lines, i, start + 1);
      for (const one of cell.lines) unquoted.push(one);
      i = cell.next;
    }
  }
  return unquoted;
}

/** False where a quote inside is the cell's end: `"[` … `""Plan"": ""Sort"",` is a line of a cell that goes on. */
function isWhole(content: string): boolean {
  return !/^\s*[[{]/.test(content) || /[\]}]\s*$/.test(content);
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
export function cellAt(lines: readonly Line[], start: number, column: number, limit = lines.length): Cell {
  const content: Line[] = [];
  for (let i = start; i < limit; i++) {
    const line = lines[i];
    if (line === undefined) break;
    const from = i === start ? column : 0;
    const end = endOfCell(line.text, from);
    content.push({
      text: line.text.slice(from, end < 0 ? undefined : end).replaceAll('""', '"'),
      number: line.number,
    });
    if (end >= 0) return { lines: content, next: i + 1 };
  }
  return { lines: content, next: limit };
}

/** @returns Where the quote is that is not doubled; -1 where the cell goes on. */
function endOfCell(text: string, from: number): number {
  for (let i = text.indexOf('"', from); i >= 0; i = text.indexOf('"', i)) {
    if (text[i + 1] !== '"') return i;
    i += 2;
  }
  return -1;
}

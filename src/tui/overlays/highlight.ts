/** SQL with its keywords colored, broken into lines that fit. */
import { getSegments } from 'sql-highlight';
import { sanitize } from '../../base/format.ts';
import { type Color, cells, type Line, lineCells, pieces, type Span } from '../cell.ts';

const COLORS: Readonly<Record<string, Color>> = {
  keyword: 'cyan',
  function: 'magenta',
  string: 'green',
  number: 'green',
};

function spanOf(name: string, text: string): Span {
  if (name === 'comment') return { text, dim: true };
  const color = COLORS[name];
  if (color === undefined) return { text };
  return name === 'keyword' ? { text, color, bold: true } : { text, color };
}

const INDENT = '    ';

/** Breaks a line that is too wide at the last blank that fits, else inside a word; goes on indented. */
function folded(line: Line, width: number): Line[] {
  if (lineCells(line) <= width) return [line];
  const indent = width > 2 * INDENT.length ? INDENT : '';
  const lines: Span[][] = [[]];
  let used = 0;
  const next = (): void => {
    lines.push(indent === '' ? [] : [{ text: indent }]);
    used = indent.length;
  };
  for (const span of line) {
    // A word with the blanks before it.
    for (const word of span.text.match(/ *[^ ]+| +$/g) ?? []) {
      if (used + cells(word) > width && used > indent.length) next();
      const text = used === indent.length && lines.length > 1 ? word.trimStart() : word;
      for (const [index, part] of pieces(text, width - Math.max(used, indent.length)).entries()) {
        if (index > 0) next();
        lines.at(-1)?.push({ ...span, text: part });
        used += cells(part);
      }
    }
  }
  return lines;
}

/** Neighbors of one kind are one: the tokenizer cuts a character beyond the BMP in two. */
function segmentsOf(sql: string): { readonly name: string; readonly content: string }[] {
  const joined: { name: string; content: string }[] = [];
  for (const { name, content } of getSegments(sql)) {
    const last = joined.at(-1);
    if (last?.name === name) last.content += content;
    else joined.push({ name, content });
  }
  return joined;
}

/** What was drawn last: a text of megabytes stays on the screen for many frames. */
let last: { readonly sql: string; readonly width: number; readonly lines: readonly Line[] } | undefined;

export function sqlToLines(sql: string, width: number): readonly Line[] {
  if (last?.sql !== sql || last.width !== width) last = { sql, width, lines: linesOf(sql, width) };
  return last.lines;
}

function linesOf(sql: string, width: number): readonly Line[] {
  const lines: Span[][] = [[]];
  for (const { name, content } of segmentsOf(sql)) {
    for (const [index, part] of content.split('\n').entries()) {
      if (index > 0) lines.push([]);
      const text = sanitize(part.replace(/\t/g, '    '));
      if (text !== '') lines.at(-1)?.push(spanOf(name, text));
    }
  }
  return lines.flatMap(line => folded(line, width));
}

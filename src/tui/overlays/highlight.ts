/** SQL with its keywords coloured, broken into lines that fit. */
import { getSegments } from 'sql-highlight';
import { harmless } from '../../format/harmless.ts';
import { type Color, cells, type Line, type Span } from '../cell.ts';

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

/** Breaks a line that is too wide at the last span that fits; goes on indented. */
function folded(line: Line, width: number): Line[] {
  const lines: Span[][] = [[]];
  let used = 0;
  for (const span of line) {
    let text = span.text;
    while (used + cells(text) > width) {
      const blank = text.lastIndexOf(' ', width - used);
      const cut = blank > 0 ? blank : used > 4 ? 0 : width - used;
      if (cut > 0) lines.at(-1)?.push({ ...span, text: text.slice(0, cut) });
      text = text.slice(cut).trimStart();
      lines.push([{ text: '    ' }]);
      used = 4;
    }
    if (text !== '') lines.at(-1)?.push({ ...span, text });
    used += cells(text);
  }
  return lines;
}

export function sqlToLines(sql: string, width: number): Line[] {
  const lines: Span[][] = [[]];
  for (const { name, content } of getSegments(sql)) {
    for (const [index, part] of content.split('\n').entries()) {
      if (index > 0) lines.push([]);
      const text = harmless(part.replace(/\t/g, '    '));
      if (text !== '') lines.at(-1)?.push(spanOf(name, text));
    }
  }
  return lines.flatMap(line => folded(line, width));
}

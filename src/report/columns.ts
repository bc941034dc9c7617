/** Aligned columns, and lines wrapped to a terminal's width. */
import stringWidth from 'string-width';
import { sanitize } from '../base/format.ts';

/** Left-aligned columns two spaces apart; those in `right` right-aligned. Sanitizes the cells. */
export function columns(
  heading: readonly string[],
  data: readonly (readonly string[])[],
  right: ReadonlySet<number>,
): string {
  const rows = data.map(row => row.map(cell => sanitize(cell)));
  const all = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...all.map(row => stringWidth(row[column] ?? ''))));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const gap = ' '.repeat(Math.max(0, (widths[column] ?? 0) - stringWidth(cell)));
        return right.has(column) ? gap + cell : cell + gap;
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map(width => '─'.repeat(width)).join('  ');
  return [line(heading), rule, ...rows.map(line)].join('\n');
}

/** Fast path: nearly every line has only these characters, and counting graphemes is expensive. */
const PLAIN = /^[\x20-\x7e\u2500-\u257f]*$/;

/** Width on a terminal. */
const cells = (text: string): number => (PLAIN.test(text) ? text.length : stringWidth(text));

/** Width without a terminal. */
export const PIPE_WIDTH = 120;
/** Below this width, long indentations are shortened. */
const LEAST_ROOM = 24;

const segments = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * Wraps at blanks, and inside words longer than a line; drops the blank at a break.
 * @param lead Prefix of the first line.
 * @param hang Prefix of the other lines, if there is room.
 */
export function wrapped(lead: string, text: string, width: number, hang = ' '.repeat(cells(lead))): string[] {
  if (cells(lead) + cells(text) <= width) return [lead + text];
  const indent = cells(hang) + LEAST_ROOM <= width ? hang : '    ';
  const lines: string[] = [];
  let line = lead;
  let used = cells(lead);
  // Nothing on the line yet: needs neither a blank nor a new line.
  let empty = true;
  const next = () => {
    lines.push(line);
    line = indent;
    used = cells(indent);
    empty = true;
  };
  for (const word of text.split(' ')) {
    const length = cells(word);
    if (!empty && used + 1 + length > width) next();
    if (!empty) {
      line += ' ';
      used++;
    } else if (used + length > width && used > cells(indent)) next();
    if (used + length <= width) {
      line += word;
      used += length;
    } else {
      for (const { segment } of segments.segment(word)) {
        const size = cells(segment);
        if (used + size > width) next();
        line += segment;
        used += size;
      }
    }
    empty = false;
  }
  return [...lines, line];
}

/** The tree lines before a node, or its depth as a number if they do not fit. */
export function fittingGuide(guide: string, depth: number, room: number): string {
  if (cells(guide) <= room) return guide;
  const level = `[${depth}] `;
  const tail = Math.floor(Math.max(0, room - level.length) / 3) * 3;
  return level + (tail === 0 ? '' : guide.slice(-tail));
}

export function right(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - cells(text))) + text;
}

export function left(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - cells(text)));
}

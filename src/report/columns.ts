/** Rows of cells → aligned columns of text. Pure. */
import stringWidth from 'string-width';
import { sanitize } from '../base/format.ts';

/** Left-aligned columns under a heading, two spaces apart; the ones in `right` right-aligned. Cells are data: sanitized. */
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

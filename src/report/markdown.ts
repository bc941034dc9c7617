/** Escapes data for GitHub-flavored Markdown: no markup, no HTML, no end of a cell or fence. */
import { sanitize } from '../base/format.ts';

/** Bare links, and prefixes that would start a list. */
const LINKS = /:(?=\/\/)|(?<=www)\./gi;
const LISTS = /^(?:\s*\d+(?=[.)]\s)|\s*(?=[-+]\s))/;

/** For running text or a cell. */
export function text(data: string): string {
  return (
    sanitize(data)
      .replace(/[\\`*_[\]~$#]/g, '\\$&')
      .replace(LINKS, '\\$&')
      .replace(LISTS, '$&\\')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('|', '&#124;')
      // GitHub recognizes @name after Markdown: a word joiner prevents that.
      .replaceAll('@', '@&#8288;')
  );
}

/**
 * For a name or a bit of SQL. Uses HTML entities for pipes and backticks, because backslashes do not work inside
 * backticks everywhere.
 */
export function code(data: string): string {
  if (data === '') return '';
  return /[`|\\]/.test(data) || /^\s|\s$/.test(data) ? `<code>${text(data)}</code>` : `\`${sanitize(data)}\``;
}

/** A fenced block. */
export function fence(language: string, lines: readonly string[]): string {
  const body = lines.map(line => sanitize(line, 'newlines')).join('\n');
  const longest = Math.max(2, ...[...body.matchAll(/`+/g)].map(([run]) => run.length));
  const marks = '`'.repeat(longest + 1);
  return `${marks}${language}\n${body}\n${marks}`;
}

/**
 * A folded block.
 * @param summary Plain data: Markdown is not interpreted there.
 */
export function details(summary: string, body: string, open = false): string {
  return `<details${open ? ' open' : ''}>\n<summary>${text(summary).replace(/\\(.)/g, '$1')}</summary>\n\n${body}\n\n</details>`;
}

/**
 * @param rows Cells are Markdown, one line each.
 * @param right Columns of figures.
 */
export function table(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number> = new Set(),
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(heading),
    line(heading.map((_, column) => (right.has(column) ? '---:' : '---'))),
    ...rows.map(line),
  ].join('\n');
}

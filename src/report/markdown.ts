/** Data as GitHub-flavoured Markdown that means nothing but itself: no markup, no HTML, no end of a cell or a fence. Pure. */
import { sanitize } from '../base/format.ts';

/** Links without brackets, and in front of a line what begins a list. */
const LINKS = /:(?=\/\/)|(?<=www)\./gi;
const LISTS = /^(?:\s*\d+(?=[.)]\s)|\s*(?=[-+]\s))/;

/** As running text, or in a cell. */
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
      // GitHub looks for @name after Markdown is done: a word joiner stands between.
      .replaceAll('@', '@&#8288;')
  );
}

/** A name, or a bit of SQL. No backslash keeps a pipe or a backtick inside backticks apart everywhere: those go as HTML. */
export function code(data: string): string {
  if (data === '') return '';
  return /[`|\\]/.test(data) || /^\s|\s$/.test(data) ? `<code>${text(data)}</code>` : `\`${sanitize(data)}\``;
}

/** Lines as they are. */
export function fence(language: string, lines: readonly string[]): string {
  const body = lines.map(line => sanitize(line, 'newlines')).join('\n');
  const longest = Math.max(2, ...[...body.matchAll(/`+/g)].map(([run]) => run.length));
  const marks = '`'.repeat(longest + 1);
  return `${marks}${language}\n${body}\n${marks}`;
}

/** Folded until it is clicked, or `open` at once. @param summary Markdown is not read there: plain data. */
export function details(summary: string, body: string, open = false): string {
  return `<details${open ? ' open' : ''}>\n<summary>${text(summary).replace(/\\(.)/g, '$1')}</summary>\n\n${body}\n\n</details>`;
}

/** @param rows Cells are Markdown already, one line each. @param right Columns of figures. */
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

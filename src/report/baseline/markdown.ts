/** Data → GitHub's Markdown that shows it and does nothing else. Pure. */
import { harmless } from '../../format/index.ts';

const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** What means something inside a line; `$` begins a formula. */
const SIGNS = /[\\`*_{}[\]()#|~!@<>&$]/g;
/** What means something as it stands: links without brackets, and in front of a line lists. */
const LINKS = /:(?=\/\/)|(?<=www)\./gi;
const LISTS = /^(\s*\d*)([-+=.)])/;

/** One line: no tag, no link, no emphasis, no cell's end, and nobody is mentioned. */
export function markdown(text: string): string {
  return harmless(text)
    .replace(SIGNS, sign => {
      // GitHub looks for @somebody and #1 after Markdown is done: a word joiner stands between.
      if (sign === '@' || sign === '#') return `\\${sign}&#8288;`;
      return HTML[sign] ?? `\\${sign}`;
    })
    .replace(LINKS, '\\$&')
    .replace(LISTS, '$1\\$2');
}

/** The same inside a tag, where Markdown's backslashes would show. */
export function html(text: string): string {
  return harmless(text).replace(/[!-/:-@[-`{-~]/g, sign => {
    const entity = `&#${sign.charCodeAt(0)};`;
    return sign === '@' || sign === '#' ? `${entity}&#8288;` : entity;
  });
}

/** Lines as they are, whatever they hold: the fence is longer than any in them. */
export function codeBlock(lines: readonly string[], language: string): string {
  const shown = lines.map(line => harmless(line));
  const longest = shown
    .flatMap(line => line.match(/`+/g) ?? [])
    .reduce((most, { length }) => Math.max(most, length), 0);
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return `${fence}${language}\n${shown.join('\n')}\n${fence}`;
}

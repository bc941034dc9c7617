/** Cuts and wraps text by columns. */
import stringWidth from 'string-width';
import { sanitize } from '../../base/format.ts';

/** Sanitizes the text and cuts it to this many columns with an ellipsis. */
export function cut(text: string, width: number): string {
  const shown = sanitize(text);
  if (stringWidth(shown) <= width) return shown;
  let short = '';
  for (const character of shown) {
    if (stringWidth(short + character) > width - 1) break;
    short += character;
  }
  return `${short}…`;
}

/** Wraps at blanks. The first line keeps its indent; the others get `indent`. */
export function wrap(text: string, width: number, indent = '  '): string {
  const lines: string[] = [];
  const body = text.trimStart();
  const first = text.slice(0, text.length - body.length);
  let line = '';
  for (const word of body.split(' ')) {
    const before = lines.length === 0 ? first : indent;
    const longer = line === '' ? before + word : `${line} ${word}`;
    if (line !== '' && stringWidth(longer) > width) {
      lines.push(line);
      line = indent + word;
    } else line = longer;
  }
  return [...lines, line].join('\n');
}

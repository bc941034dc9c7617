/** Places in a text: offsets to line, column and the line itself, for errors with a caret. */
import type { Place } from '../errors.ts';

/** @param offset Index into `text` in UTF-16 units, as JavaScript counts. */
export function placeAt(file: string, text: string, offset: number): Place {
  const at = Math.max(0, Math.min(offset, text.length));
  // A negative position would find a line feed that is the very first character.
  const lineStart = at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
  const lineEnd = text.indexOf('\n', at);
  return {
    file,
    line: text.slice(0, lineStart).split('\n').length,
    column: at - lineStart + 1,
    text: text.slice(lineStart, lineEnd === -1 ? undefined : lineEnd).replace(/[\t\r]/g, ' '),
  };
}

/** libpg-query counts in UTF-8 bytes; JavaScript in UTF-16 units. Identity for ASCII, which is the common case. */
export function fromByteOffset(text: string): (byteOffset: number) => number {
  const bytes = Buffer.byteLength(text, 'utf8');
  if (bytes === text.length) return offset => offset;
  // One walk for all tokens: a file may hold tens of thousands of them.
  const table = new Uint32Array(bytes + 1);
  let from = 0;
  let at = 0;
  for (const character of text) {
    const to = from + Buffer.byteLength(character, 'utf8');
    table.fill(at, from, to);
    from = to;
    at += character.length;
  }
  table[bytes] = text.length;
  return offset => table[offset] ?? text.length;
}

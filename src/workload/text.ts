/** Places in a text: offsets to line, column and the line itself, for errors with a caret. */
import type { Place } from '../errors.ts';

/** @param offset Index into `text` in UTF-16 units, as JavaScript counts. */
export function placeAt(file: string, text: string, offset: number): Place {
  const at = Math.max(0, Math.min(offset, text.length));
  const lineStart = text.lastIndexOf('\n', at - 1) + 1;
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
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length === text.length) return offset => offset;
  return offset => bytes.subarray(0, offset).toString('utf8').length;
}

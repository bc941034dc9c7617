/** Where in a text file something is, for an error with a caret. */

/** Line and column count from 1. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The line's own text, to print a caret under; of a very long line the part around it. */
  readonly text: string;
  /** Column of the line that `text` begins at; 1 when left out. */
  readonly textFrom?: number;
}

/** A plan may be one line of megabytes: this much of it is shown on either side of it. */
const AROUND = 200;

/** @param offset In `text`, from 0. @param firstLine Line of the file that `text` begins on, from 1. */
export function locationAt(file: string, text: string, offset: number, firstLine = 1): Location {
  const at = Math.max(0, Math.min(offset, text.length));
  // A negative position would find a line feed that is the very first character.
  const lineStart = at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
  const newline = text.indexOf('\n', at);
  const lineEnd = newline < 0 ? text.length : newline;
  const from = Math.max(lineStart, at - AROUND);
  let line = firstLine;
  for (let i = text.indexOf('\n'); i >= 0 && i < at; i = text.indexOf('\n', i + 1)) line++;
  return {
    file,
    line,
    column: at - lineStart + 1,
    text: text.slice(from, Math.min(lineEnd, at + AROUND)).replace(/[\t\r]/g, ' '),
    ...(from === lineStart ? {} : { textFrom: from - lineStart + 1 }),
  };
}

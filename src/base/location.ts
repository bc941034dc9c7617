/** A location in a text file, for errors with a caret. */

/** Line and column count from 1. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The text of the line; of a very long line the part around the location. */
  readonly text: string;
  /** Column where `text` begins. Default: 1. */
  readonly textFrom?: number;
}

/** Characters shown on either side: a plan may be one line of megabytes. */
const AROUND = 200;

/** @param offset In `text`, from 0. @param firstLine Line of the file where `text` begins, from 1. */
export function locationAt(file: string, text: string, offset: number, firstLine = 1): Location {
  const at = Math.max(0, Math.min(offset, text.length));
  // lastIndexOf() treats -1 as 0, and would find a line feed there.
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

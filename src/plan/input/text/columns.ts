/** Where a line begins: what nesting is read from. */

const TAB = 8;

export interface Indented {
  /** Of its first character that is no blank, from 0; a tab reaches to the next multiple of 8. */
  readonly column: number;
  /** Without blanks around it; '' for a line of blanks. */
  readonly text: string;
}

export function indented(text: string): Indented {
  let column = 0;
  let start = 0;
  for (; start < text.length; start++) {
    const character = text[start];
    if (character === ' ') column++;
    else if (character === '\t') column += TAB - (column % TAB);
    else break;
  }
  return { column, text: text.slice(start).trimEnd() };
}

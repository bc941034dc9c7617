/** A table as wide as its titles may be. Pure. */
import stringWidth from 'string-width';

/** The longest titles that let the table fit. */
export function fitted(table: (titleWidth: number) => string, width: number): string {
  for (let titleWidth = 40; titleWidth > 8; titleWidth -= 2) {
    const text = table(titleWidth);
    if (text.split('\n').every(line => stringWidth(line) <= width)) return text;
  }
  return table(8);
}

/** Fits a table into a width by shortening its titles. */
import stringWidth from 'string-width';

/** Chooses the longest titles that fit. */
export function fitted(table: (titleWidth: number) => string, width: number): string {
  for (let titleWidth = 40; titleWidth > 8; titleWidth -= 2) {
    const text = table(titleWidth);
    if (text.split('\n').every(line => stringWidth(line) <= width)) return text;
  }
  return table(8);
}

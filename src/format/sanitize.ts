/** Data must not steer the terminal: names, literals and errors can hold escape sequences. */

/** C0 controls (ESC among them), DEL, and the C1 controls that some terminals obey as well as ESC. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g;
/**
 * Characters that reorder, hide or join text, so that a name shows as another: all that Unicode has programs ignore where they have no
 * picture of them, separators of lines, marks of annotations, the blank of Braille, and lone surrogates.
 */
export const INVISIBLE = /\p{Default_Ignorable_Code_Point}|[\u2028\u2029\u2800\ufff9-\ufffb]|\p{Cs}/gu;

/**
 * The text with every control character shown instead of obeyed: ESC as `␛`, others as `␀`…`␟`, `␡` or `\x9b`,
 * bidirectional overrides and invisible characters as `\u202e`. One line in, one line out.
 * @param keep `newlines` leaves line feeds and tabs alone, for texts that are shown whole (SQL).
 */
export function sanitize(text: string, keep?: 'newlines'): string {
  return text
    .replace(CONTROLS, character => {
      if (keep === 'newlines' && (character === '\n' || character === '\t')) return character;
      const code = character.charCodeAt(0);
      if (code < 0x20) return String.fromCharCode(0x2400 + code);
      return code === 0x7f ? '␡' : `\\x${code.toString(16)}`;
    })
    .replace(INVISIBLE, character => {
      const code = character.codePointAt(0) ?? 0;
      return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
    });
}

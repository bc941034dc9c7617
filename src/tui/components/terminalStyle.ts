/** What the terminal can show: colors, and characters beyond ASCII. Set once, before the first frame. */
import { cells } from '../cell.ts';

interface Style {
  readonly color: boolean;
  readonly unicode: boolean;
}

let style: Style = { color: true, unicode: true };

export function drawWith(given: Style): void {
  style = given;
}

/** NO_COLOR, and a locale that is named and not UTF-8. Where none is named (containers, many SSH sessions) terminals are UTF-8 today. */
export function styleOf(env: Readonly<Record<string, string | undefined>>): Style {
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find(one => one !== undefined && one !== '');
  return {
    color: (env.NO_COLOR ?? '') === '',
    unicode: locale === undefined || /utf-?8/i.test(locale),
  };
}

/** Bold and reverse video stay where colors are not wanted. */
export const colorOf = <C extends string>(color: C | undefined): { readonly color?: C } =>
  color === undefined || !style.color ? {} : { color };

export const shownText = (text: string): string => (style.unicode ? text : asciiText(text));

const ASCII = /^[\x20-\x7e]*$/;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** One character for each: a line keeps its width. */
const SIGNS: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ['─━⋯–—−', '-'],
    ['│┃∥', '|'],
    ['╭╮╰╯├┤┬┴┼└┘┌┐', '+'],
    ['█▉▊▋▌▍', '#'],
    ['▎▏', '|'],
    ['░', '.'],
    ['→▸▶', '>'],
    ['←◀', '<'],
    ['↑', '^'],
    ['↓', 'v'],
    ['✓', 'v'],
    ['✗×', 'x'],
    ['●', '*'],
    ['·…', '.'],
    ['≈', '~'],
    ['≠⚠', '!'],
    ['≥', '>'],
    ['≤', '<'],
    ['’‘', "'"],
    ['“”', '"'],
    ['Δ', 'D'],
    ['Σ', 'S'],
    ['⌫', '<'],
    ['⠋⠼⠏', '|'],
    ['⠙⠴', '/'],
    ['⠹⠦⠇', '-'],
    ['⠸⠧', '\\'],
  ].flatMap(([from = '', to = '']) => [...from].map(sign => [sign, to])),
);

/** As many cells as before; a letter without a sign of its own is `?`. */
export function asciiText(text: string): string {
  if (ASCII.test(text)) return text;
  return [...graphemes.segment(text)]
    .map(({ segment }) =>
      ASCII.test(segment) ? segment : (SIGNS[segment] ?? '?'.repeat(Math.max(0, cells(segment)))),
    )
    .join('');
}

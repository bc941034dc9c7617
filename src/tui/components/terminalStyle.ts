/** What the terminal can show: colors, and characters beyond ASCII. Set once, before the first frame. */
import { type Color, cells, type Line, type Span } from '../cell.ts';

interface Style {
  readonly color: boolean;
  readonly unicode: boolean;
  /** No escape sequences at all. */
  readonly plain?: boolean;
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
    plain: env.TERM === 'dumb',
  };
}

/** Bold and reverse video stay where colors are not wanted. */
export const colorOf = <C extends string>(color: C | undefined): { readonly color?: C } =>
  color === undefined || !style.color ? {} : { color };

const COLORS: Readonly<Record<Color, number>> = {
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
};

/** The escape sequences that begin and end a span's style. */
function codesOf({ color, bold = false, dim = false, inverse = false }: Span): readonly [string, string] {
  if (style.plain === true) return ['', ''];
  const begin: number[] = [];
  const end: number[] = [];
  if (bold) begin.push(1);
  if (dim) begin.push(2);
  if (bold || dim) end.push(22);
  if (color !== undefined && style.color) {
    begin.push(COLORS[color]);
    end.push(39);
  }
  if (inverse) {
    begin.push(7);
    end.push(27);
  }
  const sequence = (codes: readonly number[]) => codes.map(code => `\u001b[${code}m`).join('');
  return [sequence(begin), sequence(end)];
}

const drawn = new WeakMap<Line, { readonly style: Style; readonly text: string }>();

/** A line with its escape sequences; neighbors of one style share them. */
export function styled(line: Line): string {
  const known = drawn.get(line);
  if (known?.style === style) return known.text;
  let text = '';
  let last: readonly [string, string] = ['', ''];
  for (const span of line) {
    if (span.text === '') continue;
    const codes = codesOf(span);
    if (codes[0] !== last[0]) {
      text += last[1] + codes[0];
      last = codes;
    }
    text += shownText(span.text);
  }
  text += last[1];
  drawn.set(line, { style, text });
  return text;
}

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

/** Text measured in terminal cells: what a line of the screen is made of, and how it is cut and padded. */
import stringWidth from 'string-width';

/** Colors that read well on light and dark themes; everything else has the terminal's own foreground. */
export type Color = 'cyan' | 'green' | 'red' | 'magenta' | 'yellow' | 'blue';

export interface Span {
  readonly text: string;
  readonly color?: Color;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly inverse?: boolean;
  /** The row of a list that the line is, by its place in the whole list; of a plan the node. A click finds it here. */
  readonly item?: number;
  /** A click here switches the item. */
  readonly isBox?: boolean;
}

/** One line of the screen, left to right. */
export type Line = readonly Span[];

const ELLIPSIS = '…';
/** Signs that the screen is made of, a cell each: lines, blocks, arrows, braille, Latin letters. */
const SINGLE =
  /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0391-\u03c9\u2010-\u2015\u2018-\u201f\u2022\u2026\u2190-\u21ff\u2212\u2225\u2248\u2260\u2264\u2265\u22ef\u2500-\u259f\u25b8\u25cf\u25c0\u2713\u2717\u2800-\u28ff]*$/;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Cells the text takes; 2 for wide characters. */
export function cells(text: string): number {
  return SINGLE.test(text) ? text.length : stringWidth(text);
}

export function lineCells(line: Line): number {
  return line.reduce((sum, span) => sum + cells(span.text), 0);
}

/** What fits into `width` cells, from the start of the text. */
function head(text: string, width: number): string {
  if (SINGLE.test(text)) return text.slice(0, Math.max(0, width));
  let taken = 0;
  let kept = '';
  for (const { segment } of graphemes.segment(text)) {
    const next = cells(segment);
    if (taken + next > width) break;
    taken += next;
    kept += segment;
  }
  return kept;
}

function tail(text: string, width: number): string {
  if (SINGLE.test(text)) return text.slice(Math.max(0, text.length - Math.max(0, width)));
  const all = [...graphemes.segment(text)].map(part => part.segment);
  let taken = 0;
  let kept = '';
  for (const segment of all.reverse()) {
    const next = cells(segment);
    if (taken + next > width) break;
    taken += next;
    kept = segment + kept;
  }
  return kept;
}

/** At most `width` cells; what was cut off at the end is an ellipsis. */
export function truncate(text: string, width: number): string {
  if (width <= 0) return '';
  if (cells(text) <= width) return text;
  return head(text, width - 1) + ELLIPSIS;
}

/** At most `width` cells, cut in the middle: names differ at their ends. */
export function truncateMiddle(text: string, width: number): string {
  if (width <= 0) return '';
  if (cells(text) <= width) return text;
  const front = Math.floor((width - 1) / 2);
  return head(text, front) + ELLIPSIS + tail(text, width - 1 - front);
}

/** Exactly `width` cells, text on the left. */
export function left(text: string, width: number): string {
  const cut = truncate(text, width);
  return cut + ' '.repeat(Math.max(0, width - cells(cut)));
}

/** Exactly `width` cells, text on the right: for figures. */
export function right(text: string, width: number): string {
  const cut = truncate(text, width);
  return ' '.repeat(Math.max(0, width - cells(cut))) + cut;
}

/** A rule, a gap: as many as there is room for, which may be less than none. */
export function repeated(character: string, times: number): string {
  return character.repeat(Math.max(0, Math.floor(times)));
}

/** Exactly `width` cells: cut with an ellipsis or padded with blanks. */
export function fitted(line: Line, width: number): Line {
  if (width <= 0) return [];
  const total = lineCells(line);
  if (total === width) return line;
  if (total < width) return [...line, { text: ' '.repeat(width - total) }];
  const kept: Span[] = [];
  let room = width;
  for (const span of line) {
    const size = cells(span.text);
    // The last cell is kept for the ellipsis unless this span is the end of the line.
    if (size < room) {
      kept.push(span);
      room -= size;
      continue;
    }
    const cut = head(span.text, room - 1) + ELLIPSIS;
    kept.push({ ...span, text: cut + ' '.repeat(Math.max(0, room - cells(cut))) });
    break;
  }
  return kept;
}

/** `start` at the left edge and `end` at the right one, exactly `width` cells; `end` survives when room is short. */
export function spread(start: Line, end: Line, width: number): Line {
  const endCells = lineCells(end);
  if (endCells + 1 >= width) return fitted(end, width);
  return [...fitted(start, width - endCells - 1), { text: ' ' }, ...end];
}

/** Each place of a sought text in reverse video: it is seen without colors, too. */
export function highlighted(text: string, sought: readonly string[], style: Omit<Span, 'text'>): Line {
  const found = sought.filter(each => each !== '').map(each => each.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (found.length === 0) return [{ text, ...style }];
  // What is between the places, and the places themselves, in turn.
  return text
    .split(new RegExp(`(${found.join('|')})`, 'i'))
    .flatMap((part, index) =>
      part === '' ? [] : [{ text: part, ...style, ...(index % 2 === 1 ? { inverse: true } : {}) }],
    );
}

export function plain(line: Line): string {
  return line.map(span => span.text).join('');
}

/** The text in parts of at most `width` cells, at least one character each: one may be wider than there is room for. */
export function pieces(text: string, width: number): string[] {
  const room = Math.max(1, width);
  const parts: string[] = [];
  let part = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const next = cells(segment);
    if (part !== '' && used + next > room) {
      parts.push(part);
      part = '';
      used = 0;
    }
    part += segment;
    used += next;
  }
  return [...parts, part];
}

/** Breaks text at blanks into lines of at most `width` cells; longer words are cut into pieces. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const word of text.split(' ')) {
    const size = cells(word);
    if (line === '' ? size <= width : used + 1 + size <= width) {
      used += line === '' ? size : size + 1;
      line = line === '' ? word : `${line} ${word}`;
      continue;
    }
    if (line !== '') lines.push(line);
    const parts = size > width ? pieces(word, width) : [word];
    line = parts.pop() ?? '';
    used = cells(line);
    lines.push(...parts);
  }
  return [...lines, line];
}

/** The frame around a pane: a box where there is room, a heading rule where there is not. */
import { fitted, type Line, lineCells, repeated, type Span } from './cell.ts';
import { type Frame, insideHeight, insideWidth } from './layout.ts';

interface FrameOptions {
  readonly frame: Frame;
  readonly width: number;
  readonly height: number;
  readonly title: Line;
  /** The key that leads to the pane, before its title. */
  readonly number?: string;
  /** At the right end of the heading, left out where it does not fit. */
  readonly aside?: Line;
  readonly focused: boolean;
}

/** Exactly `height` lines of `width` cells; lines of `inside` beyond the room are dropped. */
export function framed(inside: readonly Line[], options: FrameOptions): Line[] {
  const { frame, width, height, focused } = options;
  const border: Omit<Span, 'text'> = focused ? { color: 'cyan', bold: true } : { dim: true };
  const heading = headingLine(options, border);
  if (height <= 1) return [heading];
  const room = insideHeight(frame, height);
  const wide = insideWidth(frame, width);
  const body = Array.from({ length: room }, (_, index) => fitted(inside[index] ?? [], wide));
  if (frame === 'rule') return [heading, ...body.map(line => [...line, { text: ' ' }])];
  const edge: Span = { text: '│', ...border };
  const bottom: Line = [{ text: `╰${repeated('─', width - 2)}╯`, ...border }];
  return [heading, ...body.map(line => [edge, { text: ' ' }, ...line, { text: ' ' }, edge]), bottom];
}

function headingLine(options: FrameOptions, border: Omit<Span, 'text'>): Line {
  const { frame, width, height, number, aside = [], focused } = options;
  const title: Line =
    number === undefined ? options.title : [{ text: `${number} `, dim: !focused }, ...options.title];
  const boxed = frame === 'box' && height > 1;
  const [start, end] = boxed ? ['╭─', '─╮'] : ['──', '──'];
  const marker: Span = focused ? { text: ' ▸ ', ...border } : { text: ' ' };
  const room = width - 4 - (focused ? 3 : 1) - 1;
  const shown = lineCells(title) > room ? fitted(title, room) : title;
  const rest = room - lineCells(shown);
  const asideCells = lineCells(aside);
  const tail: Line =
    asideCells > 0 && rest >= asideCells + 4
      ? [{ text: repeated('─', rest - asideCells - 2), ...border }, { text: ' ' }, ...aside, { text: ' ' }]
      : [{ text: repeated('─', rest), ...border }];
  return [{ text: start, ...border }, marker, ...shown, { text: ' ' }, ...tail, { text: end, ...border }];
}

/** A list's row: a mark for the cursor, reversed as a whole where the keyboard is. */
export function row(line: Line, width: number, cursor: boolean, focused: boolean, item?: number): Line {
  const marked: Line = fitted(
    [
      {
        text: cursor ? '▸' : ' ',
        ...(cursor ? { bold: true } : {}),
        ...(item === undefined ? {} : { item }),
      },
      ...line,
    ],
    width,
  );
  return cursor && focused
    ? marked.map(
        ({ text, item, isBox, inverse }): Span => ({
          text,
          // In a reversed row, spans that are reversed on their own stand out by being plain.
          inverse: inverse !== true,
          ...(inverse === true ? { bold: true } : {}),
          ...(item === undefined ? {} : { item }),
          ...(isBox === undefined ? {} : { isBox }),
        }),
      )
    : marked;
}

/** A box over the whole body of the screen with the lines from `scroll` on, as far as they fit. */
export function scrolledBox(
  lines: readonly Line[],
  scroll: number,
  { title, width, height }: Pick<FrameOptions, 'title' | 'width' | 'height'>,
): Line[] {
  const room = insideHeight('box', height);
  const first = Math.max(0, Math.min(scroll, lines.length - room));
  const last = Math.min(lines.length, first + room);
  const aside: Line = lines.length > room ? [{ text: `${first + 1}–${last} of ${lines.length}` }] : [];
  return framed(lines.slice(first, last), { frame: 'box', width, height, focused: true, title, aside });
}

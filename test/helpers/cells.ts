/** What a terminal shows, cell by cell. */
import type headless from '@xterm/headless';

/** A color of the terminal's palette (0…255), a color of its own, or the theme's default (undefined). */
export type Color = number | { readonly rgb: number } | undefined;

export interface Cell {
  /** Empty in the second cell of a wide character. */
  readonly text: string;
  /** Cells that the character takes: 1 or 2; 0 for the second cell of a wide one. */
  readonly width: number;
  readonly foreground: Color;
  readonly background: Color;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly inverse: boolean;
  readonly underline: boolean;
}

/** The visible lines from top to bottom, each as wide as the terminal. */
export function cellsOf(display: headless.Terminal): Cell[][] {
  const { active } = display.buffer;
  return Array.from({ length: display.rows }, (_, row) => {
    const line = active.getLine(active.baseY + row);
    return Array.from({ length: display.cols }, (_, column): Cell => {
      const cell = line?.getCell(column);
      if (cell === undefined) return BLANK;
      const color = (isDefault: boolean, isRgb: boolean, value: number): Color =>
        isDefault ? undefined : isRgb ? { rgb: value } : value;
      return {
        text: cell.getChars() || (cell.getWidth() === 0 ? '' : ' '),
        width: cell.getWidth(),
        foreground: color(cell.isFgDefault(), cell.isFgRGB(), cell.getFgColor()),
        background: color(cell.isBgDefault(), cell.isBgRGB(), cell.getBgColor()),
        bold: cell.isBold() !== 0,
        dim: cell.isDim() !== 0,
        inverse: cell.isInverse() !== 0,
        underline: cell.isUnderline() !== 0,
      };
    });
  });
}

const BLANK: Cell = {
  text: ' ',
  width: 1,
  foreground: undefined,
  background: undefined,
  bold: false,
  dim: false,
  inverse: false,
  underline: false,
};

/** From a cell's colors and styles to the two colors that are drawn. */
import type { Cell, Color } from '../../test/helpers/cells.ts';
import type { Theme } from './themes.ts';

export interface Paint {
  readonly ink: string;
  /** undefined where the window's own background shows. */
  readonly paper: string | undefined;
}

const FULL_BLOCK = '█';

export function paintOf(cell: Cell, theme: Theme): Paint {
  const foreground = colorOf(cell.foreground, theme) ?? theme.foreground;
  const background = colorOf(cell.background, theme);
  const paper = cell.inverse ? foreground : background;
  const ink = cell.inverse ? (background ?? theme.background) : foreground;
  const shown = cell.dim ? mix(ink, paper ?? theme.background, theme.fade) : ink;
  // A full block is drawn as the cell itself: between glyphs there would be seams.
  return { ink: shown, paper: cell.text === FULL_BLOCK ? shown : paper };
}

/** The palette's 16 colors are the theme's; from 16 on they are xterm's 6×6×6 cube and its greys. */
function colorOf(color: Color, theme: Theme): string | undefined {
  if (color === undefined) return undefined;
  if (typeof color === 'object') return hex([color.rgb >> 16, (color.rgb >> 8) & 255, color.rgb & 255]);
  if (color < 16) return theme.palette[color];
  if (color >= 232) return hex(Array(3).fill(8 + 10 * (color - 232)));
  const cube = color - 16;
  const level = (step: number): number => (step === 0 ? 0 : 55 + 40 * step);
  return hex([level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)]);
}

/** @param share Of `other`, 0…1. */
function mix(color: string, other: string, share: number): string {
  const b = parts(other);
  return hex(parts(color).map((part, index) => Math.round(part * (1 - share) + (b[index] ?? 0) * share)));
}

const parts = (color: string): number[] => [1, 3, 5].map(at => Number.parseInt(color.slice(at, at + 2), 16));

const hex = (rgb: readonly number[]): string =>
  `#${rgb.map(part => part.toString(16).padStart(2, '0')).join('')}`;

/** From a cell's colours and styles to the two colours that are drawn. */
import type { Cell, Colour } from '../../test/helpers/cells.ts';
import type { Theme } from './themes.ts';

export interface Paint {
  readonly ink: string;
  /** undefined where the window's own background shows. */
  readonly paper: string | undefined;
}

const FULL_BLOCK = '█';

export function paintOf(cell: Cell, theme: Theme): Paint {
  const foreground = colourOf(cell.foreground, theme) ?? theme.foreground;
  const background = colourOf(cell.background, theme);
  const paper = cell.inverse ? foreground : background;
  const ink = cell.inverse ? (background ?? theme.background) : foreground;
  const shown = cell.dim ? mix(ink, paper ?? theme.background, theme.fade) : ink;
  // A full block is drawn as the cell itself: between glyphs there would be seams.
  return { ink: shown, paper: cell.text === FULL_BLOCK ? shown : paper };
}

/** The palette's 16 colours are the theme's; from 16 on they are xterm's 6×6×6 cube and its greys. */
function colourOf(colour: Colour, theme: Theme): string | undefined {
  if (colour === undefined) return undefined;
  if (typeof colour === 'object') return hex([colour.rgb >> 16, (colour.rgb >> 8) & 255, colour.rgb & 255]);
  if (colour < 16) return theme.palette[colour];
  if (colour >= 232) return hex(Array(3).fill(8 + 10 * (colour - 232)));
  const cube = colour - 16;
  const level = (step: number): number => (step === 0 ? 0 : 55 + 40 * step);
  return hex([level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)]);
}

/** @param share Of `other`, 0…1. */
function mix(colour: string, other: string, share: number): string {
  const b = parts(other);
  return hex(parts(colour).map((part, index) => Math.round(part * (1 - share) + (b[index] ?? 0) * share)));
}

const parts = (colour: string): number[] =>
  [1, 3, 5].map(at => Number.parseInt(colour.slice(at, at + 2), 16));

const hex = (rgb: readonly number[]): string =>
  `#${rgb.map(part => part.toString(16).padStart(2, '0')).join('')}`;

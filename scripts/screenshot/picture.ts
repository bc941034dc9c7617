/** SVG → pixels, with one font and no system fonts: the same picture on every machine. */
import { Resvg } from '@resvg/resvg-js';
import { FONT, fontFiles } from './font.ts';

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Four bytes a pixel: red, green, blue, alpha. */
  readonly pixels: Uint8Array;
}

/** @param background Behind the window's rounded corners. */
export function renderPicture(svg: string, background: string): Picture {
  const resvg = new Resvg(svg, {
    background,
    font: { fontFiles: fontFiles(), loadSystemFonts: false, defaultFontFamily: FONT },
  });
  const { width, height, pixels } = resvg.render();
  return { width, height, pixels };
}

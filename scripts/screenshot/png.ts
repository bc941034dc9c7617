/** SVG → PNG, with one font and no system fonts: the same picture on every machine. */
import { Resvg } from '@resvg/resvg-js';
import { FONT, fontFiles } from './font.ts';

/** For screens of high density; README shows it smaller. */
const ZOOM = 1.6;

export function renderPng(svg: string): Buffer {
  const resvg = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: ZOOM },
    font: { fontFiles: fontFiles(), loadSystemFonts: false, defaultFontFamily: FONT },
  });
  return resvg.render().asPng();
}

/** Pictures → an animated GIF that repeats for ever. One palette; a later frame holds only the pixels that changed. */
import gifenc from 'gifenc';
import type { Picture } from './picture.ts';

export interface Frame {
  readonly picture: Picture;
  readonly ms: number;
}

/** A terminal has few colors; the rest are the edges of glyphs. */
const COLORS = 63;
/** Leave the frame before in place (GIF89a). */
const KEEP = 1;

/** @param frames At least one; all of one size. */
export function encodeGif(frames: readonly Frame[]): Uint8Array {
  const { GIFEncoder, quantize, applyPalette } = gifenc;
  const palette = quantize(joined(frames), COLORS);
  const unchanged = palette.length;
  const encoder = GIFEncoder();
  let shown: Uint8Array | undefined;
  for (const { picture, ms } of frames) {
    const pixels = applyPalette(picture.pixels, palette);
    const before = shown;
    const drawn =
      before === undefined ? pixels : pixels.map((one, at) => (one === before[at] ? unchanged : one));
    encoder.writeFrame(drawn, picture.width, picture.height, {
      delay: ms,
      dispose: KEEP,
      ...(before === undefined
        ? { palette: [...palette, [0, 0, 0]] }
        : { transparent: true, transparentIndex: unchanged }),
    });
    shown = pixels;
  }
  encoder.finish();
  return encoder.bytes();
}

function joined(frames: readonly Frame[]): Uint8Array {
  return new Uint8Array(Buffer.concat(frames.map(({ picture }) => picture.pixels)));
}

/** The font of the screenshot: DejaVu Sans Mono has box drawing that meets; DejaVu Sans has what it lacks. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export const FONT = 'DejaVu Sans Mono';
/** Pixels of the SVG; the PNG is drawn larger. */
export const FONT_SIZE = 14;

const FILES = ['DejaVuSansMono.ttf', 'DejaVuSansMono-Bold.ttf', 'DejaVuSans.ttf'];

/** @returns Paths of the regular and the bold face, and of the font behind them. @throws when dejavu-fonts-ttf is not installed. */
export function fontFiles(): string[] {
  const manifest = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json');
  const files = FILES.map(file => join(manifest, '..', 'ttf', file));
  for (const file of files) if (!existsSync(file)) throw new Error(`there is no ${file}`);
  return files;
}

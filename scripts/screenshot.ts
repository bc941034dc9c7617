/**
 * Makes docs/screenshot.png and docs/screenshot-light.png from the running program: `npm run screenshot`, after a
 * build. Uses the demo in the cache as anybody would; the first time that takes as long as loading it.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageFolder } from '../src/cli/packageFile.ts';
import { renderPng } from './screenshot/png.ts';
import { play } from './screenshot/scenario.ts';
import { drawWindow } from './screenshot/svg.ts';
import { DARK, LIGHT } from './screenshot/themes.ts';

const folder = join(packageFolder(), 'docs');
const cells = await play(process.env);
await mkdir(folder, { recursive: true });
for (const [name, theme] of [
  ['screenshot', DARK],
  ['screenshot-light', LIGHT],
] as const) {
  const png = renderPng(drawWindow(cells, theme, 'pgopt-explore'));
  const path = join(folder, `${name}.png`);
  await writeFile(path, png);
  console.log(`${path}: ${Math.round(png.length / 1024)} kB`);
}

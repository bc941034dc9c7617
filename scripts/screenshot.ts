/**
 * Makes docs/toggle.gif from the running program: `npm run screenshot`. It uses the demo in the cache; the first time
 * that takes as long as loading it. Figures on the picture are of this machine: nothing else should run.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageFolder } from '../src/cli/packageFile.ts';
import { encodeGif } from './screenshot/gif.ts';
import { renderPicture } from './screenshot/picture.ts';
import { play } from './screenshot/scenario.ts';
import { drawWindow } from './screenshot/svg.ts';
import { DARK } from './screenshot/themes.ts';

const scenes = await play(process.env);
const frames = scenes.map(({ cells, key, ms }) => ({
  picture: renderPicture(drawWindow(cells, DARK, 'pgopt-explore', key), DARK.background),
  ms,
}));
const gif = encodeGif(frames);
const path = join(packageFolder(), 'docs', 'toggle.gif');
await writeFile(path, gif);
console.log(`${path}: ${frames.length} frames, ${Math.round(gif.length / 1024)} kB`);

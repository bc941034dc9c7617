/** The built program: dist/ as `npm run build` leaves it, made anew when it is older than its sources. */
import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { packageFolder } from '../../src/cli/packageFile.ts';

export const PACKAGE = packageFolder();
/** What npm links as `pgopt-explore`. */
export const BIN = join(PACKAGE, 'bin', 'pgopt-explore.js');
/**
 * Node's arguments for a short run. Node would compile PostgreSQL's grammar and the layout engine a second time, beside the
 * program, into faster WASM: half a second of processor time, and most runs end before it pays.
 */
export const RUN = ['--liftoff-only', BIN];

/** Test files run side by side: one builds, the others wait for it. */
export async function ensureBuilt(): Promise<void> {
  const lock = join(PACKAGE, 'node_modules', '.pgopt-explore-building');
  while (await isOutdated()) {
    try {
      await mkdir(lock);
    } catch {
      await sleep(50);
      continue;
    }
    try {
      if (await isOutdated())
        await promisify(execFile)(process.execPath, ['scripts/build.js'], { cwd: PACKAGE });
    } finally {
      await rm(lock, { recursive: true, force: true });
    }
  }
}

async function isOutdated(): Promise<boolean> {
  const built = await modified(join(PACKAGE, 'dist', 'cli.js'));
  const files = await readdir(join(PACKAGE, 'src'), { recursive: true });
  const sources = await Promise.all(files.map(file => modified(join(PACKAGE, 'src', file))));
  return Math.max(...sources, await modified(join(PACKAGE, 'scripts', 'build.js'))) > built;
}

/** Epoch ms; 0 for what is not there. */
async function modified(path: string): Promise<number> {
  return await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

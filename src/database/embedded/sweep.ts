/** Removes files that processes left behind in the cache. */
import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runAs, type Surroundings } from './command.ts';
import type { Site } from './layout.ts';
import { processExists } from './postmaster.ts';

/** No initdb or fetch takes this long: older files were left behind, even if another process has the id by now. */
const STALE_MS = { any: 10 * 60_000, fetch: 24 * 60 * 60_000 };

/** Removes the drafts of processes that are gone. */
export async function sweep({ layout, surroundings }: Pick<Site, 'layout' | 'surroundings'>): Promise<void> {
  for (const folder of [layout.server, layout.home]) {
    for (const name of await readdir(folder)) {
      const processId =
        /^(?:data\.(?:tmp|old)|initdb|fetch|binaries-.*\.tmp|password\.)-?(\d+)-[0-9a-f]+$/.exec(name)?.[1];
      if (processId === undefined) continue;
      const path = join(folder, name);
      const changed = await stat(path).catch(() => undefined);
      const stale = name.startsWith('fetch-') ? STALE_MS.fetch : STALE_MS.any;
      const old = changed !== undefined && Date.now() - changed.mtimeMs > stale;
      if (!old && processExists(Number(processId))) continue;
      if (folder === layout.server) await removeAs(surroundings, path);
      else await rm(path, { recursive: true, force: true });
    }
  }
}

/** Ends the name of a draft; sweep() reads the process from it. */
export const draftSuffix = (): string => `${process.pid}-${randomBytes(4).toString('hex')}`;

/** Root lets the server's account remove its folder: a path in another account's folder may become a link. */
export async function removeAs(surroundings: Surroundings, path: string): Promise<void> {
  if (surroundings.account === undefined) await rm(path, { recursive: true, force: true, maxRetries: 5 });
  else await runAs(surroundings, '/bin/rm', ['-rf', '--', path]);
}

/** Removes what is not needed any more, also what others have left behind. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runAs, type Surroundings } from './command.ts';
import type { Site } from './layout.ts';
import { processExists } from './postmaster.ts';

/**
 * No initdb takes this long, and no network is this slow: what is older was left behind, even if its process id lives
 * on under another id.
 */
const STALE_MS = { any: 10 * 60_000, fetch: 24 * 60 * 60_000 };

/** Removes what processes that are gone have left beside the cluster. */
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

/**
 * Removes a folder that belongs to the server's account. Root lets the account do it: in a folder that another account
 * may change, a path can become a link to somewhere else between two looks at it.
 */
export async function removeAs(surroundings: Surroundings, path: string): Promise<void> {
  if (surroundings.account === undefined) await rm(path, { recursive: true, force: true, maxRetries: 5 });
  else await runAs(surroundings, '/bin/rm', ['-rf', '--', path]);
}

/** The code of a system error such as 'ENOENT'; undefined for anything else that was thrown. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** A private folder for the server's Unix socket whose path is short enough for one. */
import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Account, firstClosedFolder } from './account.ts';
import { errnoOf } from './errno.ts';
import type { Layout } from './layout.ts';

/** `sockaddr_un.sun_path` less its closing NUL: 108 on Linux, 104 on the BSDs and macOS. */
const LONGEST = { linux: 107, other: 103 };

/**
 * The folder beside the data where its path is short; else one named after the cache in a folder for such things.
 * Another user's folder or link is never used: where a stranger has taken the name, another one is made.
 */
export async function chooseSocketFolder(
  layout: Layout,
  account: Account | undefined,
  env: NodeJS.ProcessEnv,
  platform: string,
): Promise<string> {
  if (fits(layout.socketFolder, platform)) return layout.socketFolder;
  const owner = account?.uid ?? process.getuid?.() ?? 0;
  const name = `pgopt-explore-${owner}-${createHash('sha256').update(layout.home).digest('hex').slice(0, 8)}`;
  // Root's own runtime folder is closed to the other account; /run is open, and only root makes folders there.
  const parents = [account === undefined ? env.XDG_RUNTIME_DIR : '/run', tmpdir(), '/tmp'];
  for (const parent of parents) {
    if (parent === undefined || parent === '' || !fits(join(parent, name), platform)) continue;
    if (account !== undefined && (await firstClosedFolder(parent, account).catch(() => parent)) !== undefined)
      continue;
    if (await claim(join(parent, name), account, owner)) return join(parent, name);
  }
  const folder = await mkdtemp('/tmp/pgopt-');
  if (account !== undefined) await chown(folder, account.uid, account.gid);
  return folder;
}

function fits(folder: string, platform: string): boolean {
  const longest = platform === 'linux' ? LONGEST.linux : LONGEST.other;
  return Buffer.byteLength(join(folder, '.s.PGSQL.5432')) <= longest;
}

/** Makes the folder, or takes it if it is already ours. */
async function claim(path: string, account: Account | undefined, owner: number): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    if (account !== undefined) await chown(path, account.uid, account.gid);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') return false;
  }
  const found = await lstat(path);
  if (!found.isDirectory() || found.uid !== owner) return false;
  if ((found.mode & 0o777) !== 0o700) await chmod(path, 0o700);
  return true;
}

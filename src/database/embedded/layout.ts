/** The facts of one cache: its paths, account, programs and folders, with the right owners and modes. */

import { existsSync } from 'node:fs';
import { chmod, chown, lstat, mkdir, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, posix, win32 } from 'node:path';
import { PgoptError } from '../../base/errors.ts';
import { errnoOf } from '../../base/fileErrors.ts';
import type { ConnectionSettings } from '../connectionSettings.ts';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import type { Surroundings } from './command.ts';
import { type Major, OWN_MAJOR } from './options.ts';
import type { PostmasterFile } from './postmaster.ts';

/** The superuser of the cluster, who owns the demo. */
export const OWNER = 'pgopt';

export interface Site {
  readonly platform: string;
  /** The account that runs PostgreSQL, if it is not the user's own. */
  readonly account: Account | undefined;
  readonly layout: Layout;
  readonly binaries: Binaries;
  readonly surroundings: Surroundings;
  readonly password: string;
  /** undefined where the server listens on 127.0.0.1 instead. */
  readonly socketFolder: string | undefined;
  /** Free bytes of the file system of a path. */
  freeBytes(path: string): Promise<number>;
}

/** The address of the server that wrote this file; it may have been started with other settings than ours. */
export function settingsFor(site: Site, file: PostmasterFile): ConnectionSettings {
  const host = file.socketFolder || file.address || site.socketFolder || '127.0.0.1';
  return { host, port: file.port || 5432, user: OWNER, database: 'postgres', password: site.password };
}

/** Whether a server's data directory is this site's, however the path is written. */
export async function ownsDirectory(site: Site, directory: string): Promise<boolean> {
  const real = async (path: string): Promise<string> => await realpath(path).catch(() => path);
  return (await real(directory)) === (await real(site.layout.dataDirectory));
}

/**
 * `home` belongs to the user who runs the explorer, `server` to the account that runs PostgreSQL. They differ for root
 * only, who writes nothing below `server` and `socketFolder`: in another account's folder any path may become a link.
 */
export interface Layout {
  readonly major: Major;
  readonly root: string;
  readonly home: string;
  readonly password: string;
  readonly configuration: string;
  readonly access: string;
  readonly log: string;
  readonly server: string;
  readonly dataDirectory: string;
  readonly socketFolder: string;
}

/** The path contains PostgreSQL's major version, because another one could not read these files. */
export function layoutOf(root: string, major: Major = OWN_MAJOR): Layout {
  const home = join(root, 'pgopt-explore', `postgresql-${major}`);
  const server = join(home, 'server');
  return {
    major,
    root,
    home,
    password: join(home, 'password'),
    configuration: join(home, 'postgresql.conf'),
    access: join(home, 'pg_hba.conf'),
    log: join(home, 'server.log'),
    server,
    dataDirectory: join(server, 'data'),
    socketFolder: join(home, 'socket'),
  };
}

/**
 * Creates missing folders and sets their owners and modes.
 * @throws PgoptError embedded-no-permission when one belongs to another user; errors of the file system unchanged.
 */
export async function makeFolders(layout: Layout, account: Account | undefined): Promise<void> {
  // The other account must pass through root's folders to reach its own; it cannot list them.
  const passable = account === undefined ? 0o700 : 0o711;
  await makeParents(layout.root, account === undefined ? 0o700 : 0o755);
  await makeFolder(join(layout.root, 'pgopt-explore'), passable, undefined);
  await makeFolder(layout.home, passable, undefined);
  await makeFolder(layout.server, 0o700, account);
  await makeFolder(layout.socketFolder, 0o700, account);
}

/** Like mkdir's `recursive`, which in Node never ends where the system answers ENOENT, as /proc does. */
async function makeParents(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return;
    if (errnoOf(error) !== 'ENOENT' || existsSync(dirname(path))) throw error;
    await makeParents(dirname(path), mode);
    await makeParents(path, mode);
  }
}

async function makeFolder(path: string, mode: number, account: Account | undefined): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
    if (errnoOf(error) !== 'EEXIST') throw error;
  });
  const link = await lstat(path);
  // The user's own link, to a larger disk, is allowed; another account's link leads where that account wants us to
  // write.
  const found = link.isSymbolicLink() && link.uid === process.getuid?.() ? await stat(path) : link;
  const wanted = account?.uid ?? process.getuid?.() ?? found.uid;
  if (!found.isDirectory()) throw new PgoptError('embedded-no-permission', `${path} is not a folder of ours`);
  if (found.uid !== wanted && account !== undefined) await chown(path, account.uid, account.gid);
  else if (found.uid !== wanted)
    throw new PgoptError('embedded-no-permission', `${path} belongs to another user`);
  // The umask applied to mkdir's mode, and an older folder may have any mode.
  if ((found.mode & 0o777) !== mode) await chmod(path, mode);
}

/**
 * The folder that holds `pgopt-explore/`; `PGOPT_EXPLORE_CACHE` overrides it. Root uses the system's cache folder,
 * because the account that runs PostgreSQL for root cannot enter root's home.
 */
export function cacheRoot(env: NodeJS.ProcessEnv, platform: string, isRoot: boolean): string {
  const path = platform === 'win32' ? win32 : posix;
  const set = (name: string): string | undefined => env[name] || undefined;
  const explicit = set('PGOPT_EXPLORE_CACHE');
  if (explicit !== undefined) return path.resolve(explicit);
  if (platform === 'win32') {
    const local = set('LOCALAPPDATA');
    return local ?? path.join(set('USERPROFILE') ?? homedir(), 'AppData', 'Local');
  }
  if (isRoot) return platform === 'darwin' ? '/Library/Caches' : '/var/cache';
  const home = set('HOME') ?? homedir();
  if (platform === 'darwin') return path.join(home, 'Library', 'Caches');
  const xdg = set('XDG_CACHE_HOME');
  // The XDG specification: a relative path is invalid and ignored.
  return xdg !== undefined && path.isAbsolute(xdg) ? xdg : path.join(home, '.cache');
}

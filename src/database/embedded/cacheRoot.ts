/** Where the cache lives: the user's own cache folder, or the system's when the user is root. */
import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';

/**
 * The folder that holds `pgopt-explore/`. `PGOPT_EXPLORE_CACHE` wins everywhere.
 *
 * Root gets the system's cache folder: PostgreSQL refuses to run as root, and the account that it runs as instead
 * cannot look into root's home.
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
  // The XDG specification: a relative path is invalid and to be ignored.
  return xdg !== undefined && path.isAbsolute(xdg) ? xdg : path.join(home, '.cache');
}

/**
 * PostgreSQL's programs in a folder where the server's account can run them, with their libraries' links: npm cannot
 * pack links, and the package's postinstall script may not be allowed to make them.
 */

import { constants } from 'node:fs';
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { errnoOf } from '../../base/fileErrors.ts';
import { type Account, firstClosedFolder } from './account.ts';
import type { Layout } from './layout.ts';
import { draftSuffix } from './sweep.ts';

interface Link {
  /** Paths below the package's root: the existing file, and the additional name. */
  readonly source: string;
  readonly target: string;
}

/** Makes the missing links of `native/pg-symlinks.json` below a root; another process may be making the same. */
export async function makeLinks(root: string): Promise<void> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links: readonly Link[] = JSON.parse(list);
  for (const { source, target } of links) {
    // A folder that cannot be written is fine while it has all links.
    if ((await lstat(join(root, target)).catch(() => undefined)) !== undefined) continue;
    try {
      await symlink(relative(dirname(target), source), join(root, target));
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
  }
}

/** For building extensions, not for running a server. */
const NOT_NEEDED = /\.a$|^(?:pkgconfig|pgxs|include|doc|man)$/;

async function copyBinaries(packageRoot: string, to: string): Promise<void> {
  await mkdir(to);
  await chmod(to, 0o755);
  await copyFolder(join(packageRoot, 'native'), join(to, 'native'));
  // copyFolder() skips links, so all of them are missing here.
  await makeLinks(to);
}

async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to);
  // Not mkdir's mode, to which the umask applies.
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (NOT_NEEDED.test(entry.name)) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyFolder(source, target);
    else if (entry.isFile()) {
      await copyFile(source, target, constants.COPYFILE_FICLONE);
      await chmod(target, 0o755);
    }
  }
}

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly pgCtl: string;
}

/**
 * Uses the installed package where it is, if possible. If the server's account cannot enter root's clone, or links are
 * missing and node_modules is read-only, it makes a copy in the cache, once for each version.
 */
export async function prepareBinaries(
  packageRoot: string,
  layout: Layout,
  account: Account | undefined,
  platform: string,
): Promise<Binaries> {
  const open =
    account === undefined ||
    (await firstClosedFolder(join(packageRoot, 'native', 'bin'), account)) === undefined;
  if (open && (await linkInPlace(packageRoot)))
    return programsIn(join(packageRoot, 'native', 'bin'), platform);
  return programsIn(join(await keepCopy(packageRoot, layout), 'native', 'bin'), platform);
}

async function linkInPlace(packageRoot: string): Promise<boolean> {
  try {
    await makeLinks(packageRoot);
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}

/**
 * Copies to a draft and renames it, so that an existing copy is complete.
 * @returns Its root.
 */
export async function keepCopy(packageRoot: string, layout: Layout): Promise<string> {
  const about: { version: string } = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8'));
  const copy = join(layout.home, copyName(about.version));
  if ((await stat(copy).catch(() => undefined)) !== undefined) return copy;
  const draft = `${copy}.tmp-${draftSuffix()}`;
  try {
    await copyBinaries(packageRoot, draft);
    await rename(draft, copy).catch((error: unknown) => {
      if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(errnoOf(error) ?? '')) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return copy;
}

/** Not a draft: those end with `.tmp-…`. */
const COPY = new RegExp(`^binaries-\\d+\\.[^/]*-${process.arch}$`);

function copyName(version: string): string {
  return `binaries-${version}-${process.arch}`;
}

/** The roots of the copies in the cache, the newest version first. */
export async function keptCopies(home: string): Promise<readonly string[]> {
  const names = (await readdir(home).catch(() => [])).filter(name => COPY.test(name));
  const newest = (a: string, b: string): number => b.localeCompare(a, 'en', { numeric: true });
  return names.sort(newest).map(name => join(home, name));
}

export function programsIn(folder: string, platform: string): Binaries {
  const program = (name: string): string => join(folder, platform === 'win32' ? `${name}.exe` : name);
  return { postgres: program('postgres'), initdb: program('initdb'), pgCtl: program('pg_ctl') };
}

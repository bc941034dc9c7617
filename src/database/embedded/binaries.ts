/** The links between library names that npm cannot pack and the package's postinstall script makes, if it is let. */
import { randomBytes } from 'node:crypto';
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
import { type Account, firstClosedFolder } from './account.ts';
import type { Layout } from './layout.ts';
import { errnoOf } from './sweep.ts';

interface Link {
  /** Paths below the package's root: the file that is there, and the name it is to have as well. */
  readonly source: string;
  readonly target: string;
}

/** @returns The links that `native/pg-symlinks.json` asks for and that are not there. */
export async function missingLinks(packageRoot: string): Promise<readonly Link[]> {
  const list = await readFile(join(packageRoot, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links: readonly Link[] = JSON.parse(list);
  const missing = await Promise.all(
    links.map(async link => ((await isThere(join(packageRoot, link.target))) ? [] : [link])),
  );
  return missing.flat();
}

/** Makes the links below a root; another process may be making the same. */
export async function makeLinks(root: string, links: readonly Link[]): Promise<void> {
  for (const { source, target } of links) {
    try {
      await symlink(relative(dirname(target), source), join(root, target));
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
  }
}

async function isThere(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}

/** Copies what PostgreSQL needs to run out of the binaries package, readable for everybody. */

/** For building extensions, not for running a server. */
const NOT_NEEDED = /\.a$|^(?:pkgconfig|pgxs|include|doc|man)$/;

async function copyBinaries(packageRoot: string, to: string): Promise<void> {
  await mkdir(to);
  await chmod(to, 0o755);
  await copyFolder(join(packageRoot, 'native'), join(to, 'native'));
  // Links were left out, so that all are missing here, whether or not the package had them.
  await makeLinks(to, await missingLinks(to));
}

async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to);
  // Not mkdir's mode, which goes through the umask.
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

/** PostgreSQL's programs in a place where the account that runs them can, with their libraries' links. */

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly pgCtl: string;
}

/**
 * Uses the installed package where it stands if that is possible. It is not when root's clone is closed to the account
 * that runs PostgreSQL, or when links are missing and node_modules cannot be written: then a copy in the cache is
 * made, once for each version.
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
    await makeLinks(packageRoot, await missingLinks(packageRoot));
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}

/**
 * Copies aside and renames: a copy that is there is complete.
 * @returns Its root.
 */
export async function keepCopy(packageRoot: string, layout: Layout): Promise<string> {
  const about: { version: string } = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8'));
  const copy = join(layout.home, copyName(about.version));
  if ((await stat(copy).catch(() => undefined)) !== undefined) return copy;
  const draft = `${copy}.tmp-${process.pid}-${randomBytes(4).toString('hex')}`;
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

/** No draft of one: those end with `.tmp-…`. */
const COPY = new RegExp(`^binaries-\\d+\\.[^/]*-${process.arch}$`);

function copyName(version: string): string {
  return `binaries-${version}-${process.arch}`;
}

/** The roots of the copies that the cache holds, the newest version first. */
export async function keptCopies(home: string): Promise<readonly string[]> {
  const names = (await readdir(home).catch(() => [])).filter(name => COPY.test(name));
  const newest = (a: string, b: string): number => b.localeCompare(a, 'en', { numeric: true });
  return names.sort(newest).map(name => join(home, name));
}

/** PostgreSQL's programs in a folder. */
export function programsIn(folder: string, platform: string): Binaries {
  const program = (name: string): string => join(folder, platform === 'win32' ? `${name}.exe` : name);
  return { postgres: program('postgres'), initdb: program('initdb'), pgCtl: program('pg_ctl') };
}

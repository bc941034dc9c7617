/** PostgreSQL's programs in a place where the account that runs them can, with their libraries' links. */
import { randomBytes } from 'node:crypto';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from './account.ts';
import { copyBinaries } from './copyBinaries.ts';
import { errnoOf } from './errno.ts';
import type { Layout } from './layout.ts';
import { makeLinks, missingLinks } from './links.ts';
import { firstClosedFolder } from './passable.ts';

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

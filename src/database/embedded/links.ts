/** The links between library names that npm cannot pack and the package's postinstall script makes, if it is let. */
import { lstat, readFile, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { errnoOf } from './errno.ts';

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

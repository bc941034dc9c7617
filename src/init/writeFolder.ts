/** Writes files to a new folder atomically. */
import { mkdir, mkdtemp, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PgoptError } from '../base/errors.ts';
import { errnoOf, fileProblem } from '../base/fileErrors.ts';
import { visibleSql } from '../base/visibleSql.ts';

/** @throws PgoptError 'folder-taken' if it is a file or not empty */
export async function refuseTaken(folder: string, shown: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new PgoptError('folder-taken', `${shown}: ${fileProblem(error, 'read')}`);
  });
  if (entries.length > 0) throw new PgoptError('folder-taken', `${shown} is not empty`);
}

const SQL = /\.sql(?:\.todo)?$/;

/**
 * Writes to a sibling folder and renames it, so that a half-written folder never shows.
 * @param files Path inside the folder with `/` → text.
 * @param shown The folder's name in errors.
 * @param folders Created even without files.
 * @throws PgoptError 'folder-taken' if it cannot be created; then nothing is left behind
 */
export async function writeFolder(
  folder: string,
  files: ReadonlyMap<string, string>,
  shown: string,
  folders: readonly string[] = [],
): Promise<void> {
  await refuseTaken(folder, shown);
  const parent = dirname(folder);
  let made: string | undefined;
  let draft: string | undefined;
  try {
    made = await mkdir(parent, { recursive: true });
    draft = await mkdtemp(join(parent, `.${basename(folder)}-`));
    const inner = join(draft, 'whole');
    for (const path of folders) await mkdir(join(inner, path), { recursive: true });
    for (const [path, text] of files) {
      await mkdir(dirname(join(inner, path)), { recursive: true });
      await writeFile(join(inner, path), SQL.test(path) ? visibleSql(text) : text, { flag: 'wx' });
    }
    // Not every system allows a rename onto an empty folder.
    await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    await rename(inner, folder);
    made = undefined;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    throw new PgoptError('folder-taken', `cannot make ${shown}: ${fileProblem(error, 'write')}`);
  } finally {
    const left = made ?? draft;
    if (left !== undefined) await rm(left, { recursive: true, force: true });
  }
}

/** Writes a page to a new file. */
import { lstat, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { PgoptError } from '../base/errors.ts';
import { errnoOf, fileProblem } from '../base/fileErrors.ts';
import { sanitize } from '../base/format.ts';
import type { Io } from './io.ts';
import { write } from './output.ts';

/**
 * Called before anything is measured, because a refusal at the end would come too late.
 * @throws PgoptError 'file-taken'
 */
export async function refuseTakenFile(file: string, { cwd }: Pick<Io, 'cwd'>): Promise<void> {
  const found = await lstat(resolve(cwd(), file)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new PgoptError('file-taken', `cannot write ${file}: ${fileProblem(error, 'write')}`);
  });
  if (found !== undefined)
    throw new PgoptError(
      'file-taken',
      found.isDirectory() ? `${file} is a folder` : `${file} exists already`,
    );
}

/**
 * Never overwrites a file.
 * @param output Receives the file's name.
 * @throws PgoptError 'file-taken'
 */
export async function writePage(
  file: string,
  page: string,
  { cwd }: Pick<Io, 'cwd'>,
  output: NodeJS.WritableStream,
): Promise<void> {
  const path = resolve(cwd(), file);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, page, { flag: 'wx' });
  } catch (error) {
    if (errnoOf(error) === 'ENOSPC') await rm(path, { force: true });
    throw new PgoptError('file-taken', `cannot write ${file}: ${fileProblem(error, 'write')}`);
  }
  await write(output, `Wrote ${sanitize(file)}\n`);
}

/** Lists and reads a workload's files. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PgoptError } from '../base/errors.ts';
import type { Problems } from './problems.ts';

export interface SqlFile {
  /** The file name without `.sql`. */
  readonly id: string;
  readonly path: string;
}

/**
 * The visible .sql files of a folder, by name; reports names that cannot be ids.
 * @param name Shortens a path for errors.
 * @throws PgoptError 'workload-missing' without the folder
 */
export async function sqlFiles(
  folder: string,
  name: (path: string) => string,
  problems: Problems,
): Promise<SqlFile[]> {
  const entries = await readdir(folder).catch(unreadable(folder));
  return entries
    .filter(entry => entry === '.sql' || (entry.endsWith('.sql') && !entry.startsWith('.')))
    .sort()
    .flatMap(entry => {
      const file = { id: entry.slice(0, -'.sql'.length), path: join(folder, entry) };
      // Lists of ids use blanks and commas, pairs `|`, sets of values `#`.
      if (file.id === '' || /[\s,|#]/.test(file.id)) {
        problems.add(
          new PgoptError('workload-invalid', `${name(file.path)}: the name cannot be an id`, {
            next: 'rename it: something before .sql, without blanks, commas, | and #',
          }),
        );
        return [];
      }
      return [file];
    });
}

/** Long generated queries take some 100 kB. */
const MOST_BYTES = 4 * 1024 ** 2;

/**
 * A file's text without a byte order mark.
 * @throws PgoptError 'workload-missing' if it cannot be read; 'workload-invalid' if it is not UTF-8, not a regular
 *   file, or too large
 */
export async function readText(path: string, name: (path: string) => string): Promise<string> {
  // A pipe or device would block; a stray dump would fill the memory.
  const found = await stat(path).catch(unreadable(path));
  if (!found.isFile()) {
    throw new PgoptError('workload-invalid', `${name(path)}: not a regular file`, { next: 'remove it' });
  }
  if (found.size > MOST_BYTES) {
    throw new PgoptError('workload-invalid', `${name(path)}: larger than 4 MB`, {
      next: 'keep one query or proposal in it',
    });
  }
  const bytes = await readFile(path).catch(unreadable(path));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new PgoptError('workload-invalid', `${name(path)}: not UTF-8`, { next: 'save it as UTF-8' });
  }
}

const unreadable =
  (path: string) =>
  ({ code, message }: NodeJS.ErrnoException): never => {
    throw new PgoptError('workload-missing', `cannot read ${path} (${code ?? message})`);
  };

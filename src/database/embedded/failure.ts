/** Turns the output of a failed initdb or server into one clear line. */

import { PgoptError } from '../../base/errors.ts';
import { errnoOf } from '../../base/fileErrors.ts';

/**
 * @param doing What failed, as in "starting the database".
 * @param output The program's output: its last fatal line is quoted.
 * @param root The cache's folder, for the message.
 */
export function startFailure(doing: string, output: string, root: string): PgoptError {
  const line = lastFatalLine(output);
  const says = line === undefined ? '' : ` (${line})`;
  if (/No space left on device|Disk quota exceeded/i.test(output)) {
    return new PgoptError('embedded-no-space', `${doing} failed: no space left in ${root}`);
  }
  if (output.includes('could not look up effective user ID')) {
    return new PgoptError('embedded-start-failed', `${doing} failed${says}`, {
      next: 'give this user a line in /etc/passwd, or use --url',
    });
  }
  if (/shared memory segment|Cannot allocate memory/i.test(output)) {
    return new PgoptError('embedded-start-failed', `${doing} failed: not enough memory${says}`, {
      next: 'free some memory, or use --url',
    });
  }
  // An existing program that is "not found" lacks its loader: a system without glibc.
  if (/error while loading shared libraries|Library not loaded|exec: .*not found/i.test(output)) {
    return new PgoptError('embedded-no-binary', `the embedded PostgreSQL does not run on this system${says}`);
  }
  if (/Permission denied|Read-only file system/i.test(output)) {
    return new PgoptError('embedded-no-permission', `${doing} failed${says}`);
  }
  if (
    /No such file or directory|could not read|invalid|incompatible|PANIC|does not exist|is not a valid|corrupt/i.test(
      line ?? '',
    )
  ) {
    return new PgoptError('embedded-broken-cache', `${doing} failed${says}`);
  }
  return new PgoptError('embedded-start-failed', `${doing} failed${says}`);
}

/** The last line with FATAL, PANIC or error, without time and process id; else the last line. */
export function lastFatalLine(output: string): string | undefined {
  const lines = output.split('\n').flatMap(line => (line.trim() === '' ? [] : [line.trim()]));
  const fatal =
    lines.findLast(line => /\b(?:FATAL|PANIC):/.test(line)) ?? lines.findLast(line => /\berror:/i.test(line));
  const line = fatal ?? lines.at(-1);
  return line
    ?.replace(/^.*?\b(?=(?:FATAL|PANIC):)/, '')
    .replace(/\s+/g, ' ')
    .slice(0, 300);
}

/**
 * An error of the file system as one line about the cache; any other error unchanged.
 * @param root The cache's folder.
 */
export function cacheFailure(error: unknown, root: string): unknown {
  const code = errnoOf(error) ?? '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new PgoptError('embedded-no-space', `no space left for the cache in ${root}`, { cause: error });
  }
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT', 'ELOOP', 'EINVAL'].includes(code)) {
    const where = error instanceof Error && 'path' in error ? error.path : root;
    return new PgoptError('embedded-no-permission', `cannot use the cache in ${root} (${code} on ${where})`, {
      cause: error,
    });
  }
  return error;
}

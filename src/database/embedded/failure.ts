/** From what initdb or the server said when it failed to one clear line. */
import { PgoptError } from '../../errors.ts';

/**
 * @param doing What failed, as in "starting the database".
 * @param output What the program wrote: its last fatal line is quoted.
 * @param root The cache's folder, to say where.
 */
export function startFailure(doing: string, output: string, root: string): PgoptError {
  const line = lastFatalLine(output);
  const says = line === undefined ? '' : ` (${line})`;
  if (/No space left on device|Disk quota exceeded/i.test(output)) {
    return new PgoptError('embedded-no-space', `${doing} failed: no space left in ${root}`);
  }
  if (/shared memory segment|Cannot allocate memory/i.test(output)) {
    return new PgoptError('embedded-start-failed', `${doing} failed: not enough memory${says}`, {
      next: 'free some memory, or use --url',
    });
  }
  if (/error while loading shared libraries|Library not loaded/i.test(output)) {
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

/** The last line that says FATAL, PANIC or error, without time and process id; else the last line at all. */
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

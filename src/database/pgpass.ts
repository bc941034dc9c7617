/**
 * ~/.pgpass, by libpq's rules. The package of this name prints its own warnings, takes its file only from the real
 * environment, and supports neither comments in the first column nor an escaped backslash before a colon.
 */
import { readFile, stat } from 'node:fs/promises';

interface Account {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

interface Found {
  readonly password: string | undefined;
  /** Why the file was not used, for display; undefined if it was. */
  readonly warning: string | undefined;
}

const NOTHING: Found = { password: undefined, warning: undefined };

/** The password for an account in a file; a missing file holds none. Never throws. */
export async function passwordFromFile(file: string, account: Account, platform: string): Promise<Found> {
  try {
    const found = await stat(file);
    if (!found.isFile()) return ignored(file, 'it is not a plain file');
    // Windows has no such bits; libpq checks none there either.
    if (platform !== 'win32' && (found.mode & 0o077) !== 0)
      return ignored(file, `others may read it (chmod 600 ${file})`);
    return { password: passwordIn(await readFile(file, 'utf8'), account), warning: undefined };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? NOTHING : ignored(file, `it cannot be read (${code})`);
  }
}

const ignored = (file: string, why: string): Found => ({
  password: undefined,
  warning: `the password file ${file} is ignored: ${why}`,
});

/** The password of the first matching entry; an empty one counts as none. */
export function passwordIn(text: string, { host, port, database, user }: Account): string | undefined {
  // libpq's entries for the local socket say `localhost`; an entry may also name the folder.
  const hosts = host.startsWith('/') ? ['localhost', host] : [host];
  const wanted = [hosts, [String(port)], [database], [user]];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const fields = fieldsOf(line);
    if (fields === undefined) continue;
    const fits = wanted.every(
      (values, i) => fields[i] === '*' || values.some(value => unescaped(fields[i]) === value),
    );
    if (fits) return unescaped(fields[4]) || undefined;
  }
  return undefined;
}

/** host, port, database, user, and the rest as the password: still escaped. */
function fieldsOf(line: string): readonly string[] | undefined {
  const found = /^((?:[^:\\]|\\.)*):((?:[^:\\]|\\.)*):((?:[^:\\]|\\.)*):((?:[^:\\]|\\.)*):(.*)$/.exec(line);
  return found === null ? undefined : found.slice(1);
}

const unescaped = (field = ''): string => field.replace(/\\(.)/g, '$1');

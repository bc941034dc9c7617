/** The unprivileged account that runs the server when the explorer runs as root. */
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PgoptError } from '../../base/errors.ts';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * `postgres` exists to run a server. The last resort is `nobody`: other daemons that share this account could read the
 * throwaway data, as with any account that the program does not create.
 */
const CANDIDATES = ['postgres', '_postgres', 'nobody'];

/**
 * Chooses the account from the text of a passwd(5) file.
 * @returns undefined if no candidate exists with an ordinary uid.
 */
export function chooseAccount(passwd: string): Account | undefined {
  const accounts = passwd.split('\n').flatMap(line => {
    const [name, , uid, gid] = line.split(':');
    // macOS writes nobody's uid as -2; setuid takes it as the unsigned 32-bit number.
    const account = { name: name ?? '', uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 };
    return /^-?\d+$/.test(uid ?? '') && /^-?\d+$/.test(gid ?? '') && account.uid !== 0 ? [account] : [];
  });
  return CANDIDATES.flatMap(name => accounts.filter(account => account.name === name))[0];
}

/**
 * @returns undefined when the process is not root: the server then runs as the user.
 * @throws PgoptError embedded-no-permission when root has no account to drop to.
 */
export async function serverAccount(uid: number | undefined): Promise<Account | undefined> {
  if (uid !== 0) return undefined;
  const account = chooseAccount(await readFile('/etc/passwd', 'utf8').catch(() => ''));
  if (account !== undefined) return account;
  throw new PgoptError(
    'embedded-no-permission',
    'PostgreSQL does not run as root, and there is no account named postgres or nobody to run it as',
    { next: 'start as a normal user, or use --url' },
  );
}

/**
 * Works on the server's files as the account that owns them: a link there must not mislead root.
 * @param account undefined when the server runs as the user.
 * @param work Synchronous, because the identity applies to the whole process.
 */
export function asAccount<T>(account: Account | undefined, work: () => T): T {
  const { setegid, seteuid, setgroups, getgroups } = process;
  if (account === undefined || !setegid || !seteuid || !setgroups || !getgroups) return work();
  const groups = getgroups();
  setgroups([account.gid]);
  setegid(account.gid);
  seteuid(account.uid);
  try {
    return work();
  } finally {
    seteuid(0);
    setegid(0);
    setgroups(groups);
  }
}

/** The folder and all above it, from `/` down. */
export function foldersTo(path: string): readonly string[] {
  const above = dirname(path);
  return above === path ? [path] : [...foldersTo(above), path];
}

/**
 * @returns The first folder from `/` down to `path` that the account may not enter; undefined when all existing ones
 *   are open.
 */
export async function firstClosedFolder(path: string, account: Account): Promise<string | undefined> {
  for (const folder of foldersTo(path)) {
    const found = await stat(folder).catch(() => undefined);
    // The caller creates missing folders passable; a file in their place is another error.
    if (found === undefined || !found.isDirectory()) return undefined;
    const shift = found.uid === account.uid ? 6 : found.gid === account.gid ? 3 : 0;
    if (((found.mode >> shift) & 0o1) === 0) return folder;
  }
  return undefined;
}

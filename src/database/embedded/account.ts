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
 * `postgres` where it exists: an account that is there to run just this. Else `nobody`, which other daemons may
 * share: they could then read the throwaway data, but so could they with any account we may take without making one.
 */
const CANDIDATES = ['postgres', '_postgres', 'nobody'];

/**
 * Chooses the account from the text of a passwd(5) file.
 * @returns undefined when none of the candidates is there with an ordinary uid.
 */
export function chooseAccount(passwd: string): Account | undefined {
  const accounts = passwd.split('\n').flatMap(line => {
    const [name, , uid, gid] = line.split(':');
    // macOS writes nobody's uid as -2; setuid takes it as the unsigned 32-bit number.
    const account = { name: name ?? '', uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 };
    return /^-?\d+$/.test(uid ?? '') && /^-?\d+$/.test(gid ?? '') && account.uid !== 0 ? [account] : [];
  });
  for (const name of CANDIDATES) {
    const found = accounts.find(account => account.name === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * @returns undefined when the process is not root: then the server runs as the user that started it.
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

/** Work on the server's files as the account that runs it: root, who may do anything, must not be led astray by a link there. */

/**
 * @param account undefined when the server runs as the user: then there is nothing to change.
 * @param work Synchronous: who the process is holds for all of it, so nothing else may happen meanwhile.
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

/** Whether an account may pass through folders, by their owners and modes. */

/** @returns The first folder from `/` down to `path` that the account may not enter; undefined when all that exist are open. */
export async function firstClosedFolder(path: string, account: Account): Promise<string | undefined> {
  const folders = [path];
  for (let folder = path; dirname(folder) !== folder; ) {
    folder = dirname(folder);
    folders.unshift(folder);
  }
  for (const folder of folders) {
    const found = await stat(folder).catch(() => undefined);
    // What is not there yet is for the caller to make, and to make passable; a file is another trouble.
    if (found === undefined || !found.isDirectory()) return undefined;
    const shift = found.uid === account.uid ? 6 : found.gid === account.gid ? 3 : 0;
    if (((found.mode >> shift) & 0o1) === 0) return folder;
  }
  return undefined;
}

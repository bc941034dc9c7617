/** The unprivileged account that runs the server when the explorer runs as root. */
import { readFile } from 'node:fs/promises';
import { PgoptError } from '../../errors.ts';

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

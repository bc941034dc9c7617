/** Work on the server's files as the account that runs it: root, who may do anything, must not be led astray by a link there. */
import type { Account } from './account.ts';

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

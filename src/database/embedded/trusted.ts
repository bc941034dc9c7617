/** Whether another user could replace a folder on the way to the cache. */
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Who runs the explorer. */
export interface Self {
  readonly uid: number;
  readonly gid: number;
}

const STICKY = 0o1000;

/**
 * As sshd looks at the way to a key: each folder belongs to root or to the user, and no other user may write to it. In a
 * sticky folder (`/tmp`) what is there stays its owner's.
 * @returns What is wrong with the first folder that is not so; undefined when all that exist are.
 */
export async function untrustedFolder(path: string, { uid, gid }: Self): Promise<string | undefined> {
  // A link on the way can be turned by any user who may write where it stands.
  const real = await realpath(await existing(path));
  for (const folder of new Set([...folders(real), ...folders(path)])) {
    const found = await stat(folder).catch(() => undefined);
    if (found === undefined || (found.mode & STICKY) !== 0) continue;
    if (found.uid !== 0 && found.uid !== uid) return `${folder} belongs to another user`;
    if ((found.mode & 0o002) !== 0) return `${folder} is writable for everybody`;
    if ((found.mode & 0o020) !== 0 && found.gid !== gid) return `${folder} is writable for another group`;
  }
  return undefined;
}

/** From `/` down. */
function folders(path: string): readonly string[] {
  const above = dirname(path);
  return above === path ? [path] : [...folders(above), path];
}

async function existing(path: string): Promise<string> {
  return await stat(path).then(
    () => path,
    () => (dirname(path) === path ? path : existing(dirname(path))),
  );
}

/** Whether an account may pass through folders, by their owners and modes. */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Account } from './account.ts';

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

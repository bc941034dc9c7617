/** Copies a folder with the accounts of its files: what is in a cache folder, its server stopped, or a data directory. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const copyCache = (from: string, to: string): Promise<void> =>
  copyAll(join(from, 'pgopt-explore'), to);

export async function copyAll(from: string, to: string): Promise<void> {
  // As root, PostgreSQL's files belong to another account, and have to in the copy.
  await promisify(execFile)('cp', ['-a', from, to]);
}

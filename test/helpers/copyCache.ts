/** Copies what is in a cache folder, its server stopped. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

export async function copyCache(from: string, to: string): Promise<void> {
  // As root, PostgreSQL's files belong to another account, and have to in the copy.
  await promisify(execFile)('cp', ['-a', join(from, 'pgopt-explore'), to]);
}

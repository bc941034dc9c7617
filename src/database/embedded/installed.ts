/** A PostgreSQL of one major that is installed on the machine: by its packages, by Homebrew, by hand. */
import { realpath, stat } from 'node:fs/promises';
import { dirname, posix, win32 } from 'node:path';
import { programsIn } from './binaries.ts';
import { runAs, type Surroundings } from './command.ts';

/** Where installers put a major's programs. Debian, Red Hat's PGDG, SUSE, Alpine, Gentoo, Homebrew, MacPorts, Postgres.app. */
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

/** The folders to look into, best first: what is named after the major, then what is in PATH. */
export function usualFolders(major: number, env: NodeJS.ProcessEnv, platform: string): readonly string[] {
  const path = platform === 'win32' ? win32 : posix;
  const usual =
    platform === 'win32'
      ? [win32.join(env.ProgramFiles ?? 'C:\\Program Files', 'PostgreSQL', String(major), 'bin')]
      : USUAL.map(folder => folder.replace('%', String(major)));
  // A relative entry would mean whatever folder one happens to be in.
  const inPath = (env.PATH ?? '').split(path.delimiter).filter(folder => path.isAbsolute(folder));
  return [...new Set([...usual, ...inPath])];
}

/** Where pg_config says that the programs it belongs to are; undefined where there is none. */
export async function foldersOfPgConfig(surroundings: Surroundings): Promise<readonly string[]> {
  const told = await runAs(surroundings, 'pg_config', ['--bindir']).catch(() => undefined);
  const folder = told?.exitCode === 0 ? told.output.trim() : '';
  return folder === '' ? [] : [folder];
}

/**
 * The first of the folders that has this major's programs, for the account that is to run them.
 * @returns The folder that they are really in: one of PATH may have a link to `postgres` alone.
 */
export async function findInstalled(
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
  const told = await runAs(surroundings, postgres, ['--version']).catch(() => undefined);
  return told?.exitCode === 0 && majorIn(told.output) === major;
}

/** The 17 of `postgres (PostgreSQL) 17.2 (Debian 17.2-1.pgdg120+1)`. */
export function majorIn(output: string): number | undefined {
  const major = /\(PostgreSQL\) (\d+)\.\d+/.exec(output)?.[1];
  return major === undefined ? undefined : Number(major);
}

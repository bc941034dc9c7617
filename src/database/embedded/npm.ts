/** Installs locked packages with the user's npm, which knows their registry, proxy and certificates. */

import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../base/fileErrors.ts';
import { finished } from './command.ts';
import { type LockedPackage, projectOf } from './package.ts';

/** `said` is npm's output. */
export type Installed =
  | { readonly ok: true }
  | { readonly ok: false; readonly why: 'no-npm' | 'failed'; readonly said: string };

export type Install = (
  folder: string,
  packages: readonly LockedPackage[],
  surroundings: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal | undefined },
) => Promise<Installed>;

/** Overrides the user's configuration: this folder, these files, no scripts. npm alone retries for more than a minute. */
const ARGUMENTS = [
  'ci',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--global=false',
  '--workspaces=false',
  '--dry-run=false',
  '--package-lock=true',
  '--package-lock-only=false',
  '--install-strategy=hoisted',
  '--fetch-retries=1',
  '--fetch-retry-mintimeout=1000',
  '--loglevel=error',
  '--no-progress',
  '--no-update-notifier',
];

/** `npm ci` in an empty folder. Returns when npm has ended; an abort ends it. */
export const npmInstall: Install = async (folder, packages, { env, signal }) => {
  for (const [name, text] of Object.entries(projectOf(packages))) await writeFile(join(folder, name), text);
  const child = spawn('npm', [...ARGUMENTS, '--prefix', folder], {
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    windowsHide: true,
  });
  try {
    const { exitCode, output } = await finished(child, signal, 'SIGTERM');
    return exitCode === 0 ? { ok: true } : { ok: false, why: 'failed', said: output };
  } catch (error) {
    const why = errnoOf(error) === 'ENOENT' ? 'no-npm' : 'failed';
    return { ok: false, why, said: error instanceof Error ? error.message : String(error) };
  }
};

/** Runs PostgreSQL's programs as the account that may run them, without the user's environment. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import type { Account } from './account.ts';

export interface Surroundings {
  readonly account: Account | undefined;
  /** A folder the account may read, used as working directory and HOME. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly platform: string;
}

export interface Finished {
  /** null when a signal ended it. */
  readonly exitCode: number | null;
  /** Both streams, in order of arrival. */
  readonly output: string;
}

/** The same for every user: no PG* variable, no locale, no time zone. Windows programs need the system's folders. */
function serverEnvironment({ env, folder, platform }: Surroundings): NodeJS.ProcessEnv {
  const kept: NodeJS.ProcessEnv = {
    PATH: env.PATH ?? '/usr/bin:/bin',
    HOME: folder,
    // macOS refuses to start a server without LC_ALL.
    LC_ALL: 'C',
    TZ: 'UTC',
  };
  if (platform !== 'win32') return kept;
  for (const name of ['SystemRoot', 'SystemDrive', 'ComSpec', 'TEMP', 'TMP', 'USERPROFILE']) {
    const value = env[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

export function spawnAs(
  surroundings: Surroundings,
  program: string,
  args: readonly string[],
  options: { stdio: StdioOptions; detached?: boolean },
): ChildProcess {
  const { account, folder, platform } = surroundings;
  // Node cannot set a child's umask; `exec` keeps the process id.
  const [file, argv] =
    platform === 'win32'
      ? [program, args]
      : ['/bin/sh', ['-c', 'umask 077; exec "$0" "$@"', program, ...args]];
  return spawn(file, [...argv], {
    cwd: folder,
    env: serverEnvironment(surroundings),
    windowsHide: true,
    ...options,
    ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
  });
}

/** Runs a program to its end. Rejects if it cannot be spawned; an abort kills it. */
export const runAs = (
  surroundings: Surroundings,
  program: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<Finished> =>
  finished(spawnAs(surroundings, program, args, { stdio: ['ignore', 'pipe', 'pipe'] }), signal, 'SIGKILL');

/** Waits for the end of a child. Rejects if it could not be spawned; an abort sends `ending`. */
export function finished(
  child: ChildProcess,
  signal: AbortSignal | undefined,
  ending: NodeJS.Signals,
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    let output = '';
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    const kill = (): void => {
      child.kill(ending);
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    signal?.addEventListener('abort', kill, { once: true });
    if (signal?.aborted === true) kill();
    child.once('error', reject);
    child.once('close', exitCode => {
      signal?.removeEventListener('abort', kill);
      resolve({ exitCode, output });
    });
  });
}

/** The built program as people start it: in a terminal, or with pipes. Whatever still runs when a test ends is killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { onTestFinished } from 'vitest';
import { openTerminal, plainEnvironment, type Terminal } from '../helpers/terminal.ts';
import { RUN } from './built.ts';
import { type Cache, SCALE } from './caches.ts';

interface Start {
  /** Its server and its data are there. */
  readonly cache: Cache;
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly columns?: number;
  readonly rows?: number;
}

/** The explorer on a demo shop of SCALE, in a terminal of 120×40. */
export function explorer({ cache, args = ['--scale', SCALE], ...start }: Start): Terminal {
  const terminal = openTerminal({
    ...start,
    file: process.execPath,
    args: [...RUN, ...args],
    cwd: start.cwd ?? tmpdir(),
    env: environment(cache, start.env),
  });
  onTestFinished(() => terminal.dispose());
  return terminal;
}

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Running {
  readonly process: ChildProcess;
  readonly outcome: Promise<Outcome>;
}

/** The program with pipes for all three streams; nothing comes in. */
export function startPiped({ cache, args = [], env, cwd }: Omit<Start, 'columns' | 'rows'>): Running {
  return startFile(process.execPath, [...RUN, ...args], cwd ?? tmpdir(), environment(cache, env));
}

/** Any program, with pipes. */
export function startFile(
  file: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Running {
  const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const outcome = new Promise<Outcome>((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await outcome.catch(() => undefined);
  });
  return { process: child, outcome };
}

export function runPiped(start: Omit<Start, 'columns' | 'rows'>): Promise<Outcome> {
  return startPiped(start).outcome;
}

export function environment(cache: Cache, env: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  // A database in the environment of the person who runs the tests is not the one to test with.
  const plain = Object.entries(plainEnvironment(process.env)).filter(
    ([name]) => !/^(NO_COLOR$|PG[A-Z]+$)/.test(name),
  );
  return { ...Object.fromEntries(plain), PGOPT_EXPLORE_CACHE: cache.root, ...env };
}

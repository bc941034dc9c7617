/** Explorers as real processes, of any account, that can be killed like real ones. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { type Account, firstClosedFolder } from '../../../src/database/embedded/account.ts';
import { findBinariesPackage } from '../../../src/database/embedded/package.ts';
import type { EmbeddedServer } from '../../../src/database/embedded/server.ts';

export interface Explorer {
  readonly process: ChildProcess;
  /** The messages so far, in order. */
  readonly messages: readonly Message[];
  /** Waits for a message of this kind; rejects when the process ends without one. */
  wait<K extends keyof Message>(kind: K): Promise<NonNullable<Message[K]>>;
  leave(): Promise<{ stopped: boolean }>;
  /** Kills it and all of its process group, as closing a terminal hard would. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

interface Message {
  readonly step?: string;
  readonly ready?: Pick<EmbeddedServer, 'settings' | 'adopted' | 'dataDirectory'>;
  readonly released?: { readonly stopped: boolean };
  readonly error?: { readonly code: string; readonly message: string };
  readonly bug?: string;
}

let script = '';
let node = process.execPath;

/** Bundles the script once for a test file, into a folder that any account can read. */
export function bundleExplorer(): void {
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pgopt-explorer-'));
    await chmod(folder, 0o755);
    script = join(folder, 'explorer.mjs');
    await build({
      entryPoints: [join(import.meta.dirname, 'explorer.script.ts')],
      outfile: script,
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['pg-native'],
      // pg is CommonJS and asks for Node's modules by `require`.
      banner: {
        js: `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`,
      },
    });
    await chmod(script, 0o644);
    const stranger: Account = { name: 'stranger', uid: 4_000_000, gid: 4_000_000 };
    if ((await firstClosedFolder(join(process.execPath, '..'), stranger)) === undefined) return;
    node = join(folder, 'node');
    await copyFile(process.execPath, node);
    await chmod(node, 0o755);
  });
  afterAll(async () => {
    await rm(join(script, '..'), { recursive: true, force: true });
  });
}

/** Runs an explorer; the test's end kills it. */
export function explore(options: {
  cacheRoot?: string;
  account?: Account | undefined;
  env?: NodeJS.ProcessEnv;
  fresh?: boolean;
  packageRoot?: string;
}): Explorer {
  const { account, env, ...rest } = options;
  const packageRoot = rest.packageRoot ?? findBinariesPackage(process.platform, process.arch);
  const child = spawn(node, [script, JSON.stringify({ ...rest, packageRoot })], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
    cwd: '/',
    env: { PATH: process.env.PATH, ...env },
    ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
  });
  const messages: Message[] = [];
  const waiting: (() => void)[] = [];
  const changed = (): void => {
    for (const wake of waiting.splice(0)) wake();
  };
  let closed = false;
  const gone = new Promise<void>(resolve => {
    child.once('close', () => {
      closed = true;
      changed();
      resolve();
    });
  });
  createInterface(child.stdout).on('line', line => {
    messages.push(JSON.parse(line));
    changed();
  });
  const explorer: Explorer = {
    process: child,
    messages,
    async wait(kind) {
      for (;;) {
        const found = messages.find(message => message[kind] !== undefined)?.[kind];
        if (found !== undefined) return found as NonNullable<Message[typeof kind]>;
        if (closed) throw new Error(`ended without "${kind}": ${JSON.stringify(messages)}`);
        await new Promise<void>(resolve => {
          waiting.push(resolve);
        });
      }
    },
    async leave() {
      child.stdin.write('leave\n');
      const released = await explorer.wait('released');
      await gone;
      return released;
    },
    async kill(signal = 'SIGKILL') {
      if (child.pid !== undefined && !closed) process.kill(-child.pid, signal);
      await gone;
    },
  };
  onTestFinished(() => explorer.kill().catch(() => undefined));
  return explorer;
}

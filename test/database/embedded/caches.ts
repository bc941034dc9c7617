/** Caches for one test: made aside, emptied of servers and removed whatever happens. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import type { ConnectionSettings } from '../../../src/database/connectionSettings.ts';
import { layoutOf } from '../../../src/database/embedded/layout.ts';
import { MAJORS, type Major } from '../../../src/database/embedded/options.ts';
import { isPostmaster, readPostmasterFile } from '../../../src/database/embedded/postmaster.ts';
import { type EmbeddedServer, startEmbeddedServer } from '../../../src/database/embedded/server.ts';
import { copyReadyMade } from '../../helpers/readyMade.ts';

export const isRoot = process.getuid?.() === 0;

/** A new folder that every account may pass through, gone when the test ends. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pgopt-cache-'));
  await chmod(folder, 0o755);
  onTestFinished(async () => {
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}

/** A new cache root; the servers that still run there when the test ends are killed. */
export async function newCache(): Promise<string> {
  const cacheRoot = await newFolder();
  onTestFinished(async () => {
    for (const major of MAJORS) await killServer(cacheRoot, 'SIGKILL', major);
  });
  return cacheRoot;
}

/** A new cache with a cluster that was never started: for what is not about making one. */
export async function cacheWithCluster(): Promise<string> {
  const cacheRoot = await newCache();
  await copyReadyMade('cluster', cacheRoot);
  return cacheRoot;
}

/** Starts in this process, with nothing of the user's environment that would matter. */
export function start(
  cacheRoot: string,
  options: Partial<Parameters<typeof startEmbeddedServer>[0]> = {},
): Promise<EmbeddedServer> {
  return startEmbeddedServer({ cacheRoot, env: { PATH: process.env.PATH }, ...options });
}

/** The process id of the server that runs in a cache. */
export async function serverIn(cacheRoot: string, major?: Major): Promise<number | undefined> {
  const { dataDirectory } = layoutOf(cacheRoot, major);
  const file = await readPostmasterFile(dataDirectory);
  if (file === undefined || !(await isPostmaster(file.processId, dataDirectory, process.platform)))
    return undefined;
  return file.processId;
}

/** Sends the server a signal, if there is one, and waits until it is gone. */
export async function killServer(cacheRoot: string, signal: NodeJS.Signals, major?: Major): Promise<void> {
  const processId = await serverIn(cacheRoot, major);
  if (processId === undefined) return;
  process.kill(processId, signal);
  try {
    process.kill(processId, 'SIGCONT');
  } catch (error) {
    // A killed one may be gone by now, which is all that is wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  while ((await serverIn(cacheRoot, major)) !== undefined) await sleep(5);
}

export async function query(settings: ConnectionSettings, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(settings);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

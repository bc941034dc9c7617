/** Vitest's global setup: one embedded server for the whole run, in a cache of its own that goes when the run ends. */
import { chmod, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestProject } from 'vitest/node';
import { layoutOf } from '../../src/database/embedded/layout.ts';
import { isPostmaster, processExists, readPostmasterFile } from '../../src/database/embedded/postmaster.ts';
import { type EmbeddedServer, startEmbeddedServer } from '../../src/database/embedded/server.ts';
import { connectTrusted as connect } from '../../src/database/link.ts';
import { copyCache } from './copyCache.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    server: Omit<EmbeddedServer, 'release'>;
    /** A folder of the run, for readyMade.ts: there is a cache `cluster` in it, and what that file makes of it. */
    readyMade: string;
  }
}

const PREFIX = 'pgopt-explore-test-';

/**
 * The program takes a quarter of the machine, up to 2 GB. Each start lays that out, each stop and each index that is
 * dropped or rolled back looks through all of it, and the tests do that thousands of times: it was a third of their
 * processor time. What they hold is a few megabytes. The planner never looks at this setting.
 */
const LESS_MEMORY = "ALTER SYSTEM SET shared_buffers = '128MB'";
/** It analyzes whenever it likes: between two looks at the catalog it changed statistics that no test had changed. */
const NO_AUTOVACUUM = 'ALTER SYSTEM SET autovacuum = off';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeLeftovers();
  const [cacheRoot, readyMade] = [await newFolder(), await newFolder()];
  const cluster = join(readyMade, 'cluster');
  await mkdir(cluster, { mode: 0o711 });
  await makeCluster(cluster);
  await copyCache(cluster, cacheRoot);
  const { release, ...server } = await startEmbeddedServer({ cacheRoot, env: process.env });
  project.provide('server', server);
  project.provide('readyMade', readyMade);
  return async () => {
    const { stopped } = await release();
    // A worker that hangs still has a test's own lease; the run is over all the same.
    if (!stopped) await stopServerIn(cacheRoot);
    for (const folder of [cacheRoot, readyMade]) await rm(folder, { recursive: true, force: true });
  };
}

/** Made once a run, and stopped in order: a copy of a running one would begin with a recovery. */
async function makeCluster(cacheRoot: string): Promise<void> {
  const { settings, release } = await startEmbeddedServer({ cacheRoot, env: process.env });
  const link = await connect(settings, 'test');
  await link.query(LESS_MEMORY);
  await link.query(NO_AUTOVACUUM);
  await link.end();
  await release();
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  // As root: the account that runs PostgreSQL has to pass through.
  await chmod(folder, 0o711);
  return folder;
}

/** A run that was killed could not clean up after itself. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const processId = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    const path = join(tmpdir(), name);
    if (processId === undefined || processExists(Number(processId)) || !(await isOwn(path))) continue;
    await stopServerIn(path);
    await rm(path, { recursive: true, force: true });
  }
}

/** Another user of this machine runs the tests, too, and cleans up after them. */
async function isOwn(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && found.uid === (process.getuid?.() ?? found.uid);
}

/** Stops the server there, even if it is in use. */
async function stopServerIn(cacheRoot: string): Promise<void> {
  const { dataDirectory } = layoutOf(cacheRoot);
  const file = await readPostmasterFile(dataDirectory);
  if (file === undefined) return;
  const runs = (): Promise<boolean> => isPostmaster(file.processId, dataDirectory, process.platform);
  if (await runs()) process.kill(file.processId, 'SIGQUIT');
  while (await runs()) await sleep(10);
}

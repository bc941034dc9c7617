/** Cleans up after a server that did not end well and that keeps the next one from starting; and discards a cluster. */

import { readdir, readFile, readlink, realpath, rename, stat } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PgoptError } from '../../base/errors.ts';
import { errnoOf } from '../../base/fileErrors.ts';
import type { Site } from './layout.ts';
import { takeLease } from './lease.ts';
import { isPostmaster, type PostmasterFile, processExists, readPostmasterFile } from './postmaster.ts';
import { stopServer } from './stop.ts';
import { draftSuffix, removeAs } from './sweep.ts';

/** How far the clock may be set between the start of the machine and that of the server. */
const CLOCK_SLACK_S = 60;

/** Whether the machine has restarted since this server started: with durability off the cluster may be broken unnoticed. */
export function machineRestartedSince(file: PostmasterFile): boolean {
  return file.startedAt > 0 && file.startedAt < Date.now() / 1000 - uptime() - CLOCK_SLACK_S;
}

/** A server fills its lock file at once; an empty one was left by a server that was killed in between. */
const EMPTY_MS = 1_000;

/**
 * Removes lock files that PostgreSQL would attribute to a running server: empty ones, and those whose process id
 * another program has by now. (PostgreSQL recognizes ids without a process.) Call it only when no server answers.
 */
export async function removeMisleadingLocks(site: Site): Promise<void> {
  const { dataDirectory } = site.layout;
  const locks = [join(dataDirectory, 'postmaster.pid')];
  if (site.socketFolder !== undefined) locks.push(join(site.socketFolder, '.s.PGSQL.5432.lock'));
  for (const lock of locks) {
    if (await misleads(lock, site)) await removeAs(site.surroundings, lock);
  }
}

async function misleads(lock: string, site: Site): Promise<boolean> {
  const text = await readFile(lock, 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  if (text === '') {
    const found = await stat(lock).catch(() => undefined);
    return found !== undefined && Date.now() - found.mtimeMs > EMPTY_MS;
  }
  const processId = Number.parseInt(text, 10);
  if (!(processId > 0) || !processExists(processId)) return false;
  return !(await isPostmaster(processId, site.layout.dataDirectory, site.platform));
}

/**
 * Kills the backends of a killed postmaster: one that computes does not notice until it is done, and no new server
 * starts before. Linux only; elsewhere waiting helps.
 */
export async function killOrphans(site: Site): Promise<void> {
  if (site.platform !== 'linux') return;
  const directory = await realpath(site.layout.dataDirectory).catch(() => undefined);
  if (directory === undefined) return;
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    if ((await readlink(`/proc/${name}/cwd`).catch(() => undefined)) !== directory) continue;
    // Not the postmaster that another explorer may be starting now, nor its children.
    if (!(await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')).startsWith('postgres: ')) continue;
    const parent = /^PPid:\s*(\d+)/m.exec(
      await readFile(`/proc/${name}/status`, 'utf8').catch(() => ''),
    )?.[1];
    if ((await readlink(`/proc/${parent}/cwd`).catch(() => undefined)) === directory) continue;
    try {
      process.kill(Number(name), 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
}

/** A server that stays unresponsive for this long is stopped anyway. */
const PATIENCE_MS = 10_000;
/** Another explorer may be about to stop it, which takes a moment. */
const TAKEN_MS = 1_000;

/**
 * Discards the cluster, and stops its server unless another explorer uses it.
 * @throws PgoptError embedded-start-failed when another explorer uses it.
 */
export async function discardCluster(site: Site): Promise<void> {
  const { dataDirectory } = site.layout;
  await stopUnused(site);
  await killOrphans(site);
  const old = `${dataDirectory}.old-${draftSuffix()}`;
  try {
    await rename(dataDirectory, old);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw error;
  }
  // Another explorer may have started it between the stop and the rename; it will start again.
  const file = await readPostmasterFile(old);
  if (file !== undefined && (await isPostmaster(file.processId, old, site.platform))) {
    await stopServer(site, file.processId, ['immediate', 'kill']);
  }
  await removeAs(site.surroundings, old);
}

async function stopUnused(site: Site): Promise<void> {
  const { dataDirectory } = site.layout;
  const began = Date.now();
  let silences = 0;
  for (;;) {
    const file = await readPostmasterFile(dataDirectory);
    if (file === undefined || !(await isPostmaster(file.processId, dataDirectory, site.platform))) return;
    const lease = await takeLease(site, file, 'alone');
    if (typeof lease === 'object') {
      await stopServer(site, file.processId);
      await lease.close();
      return;
    }
    const waited = Date.now() - began;
    if (lease === 'taken' && waited > TAKEN_MS) {
      throw new PgoptError('embedded-start-failed', 'another pgopt-explore is using the embedded database', {
        next: 'quit it, then start with --fresh again',
      });
    }
    // With another password than ours no explorer can use it.
    if (lease === 'silent') silences += 1;
    if (lease === 'refused' || silences === 2 || waited > PATIENCE_MS) {
      await stopServer(site, file.processId, ['immediate', 'kill']);
      return;
    }
    await sleep(20);
  }
}

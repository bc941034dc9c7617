/** What a server that did not end well leaves behind, and what keeps the next one from starting. */
import { readdir, readFile, readlink, realpath, stat } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { isPostmaster, processExists } from './postmaster.ts';
import type { PostmasterFile } from './postmasterFile.ts';
import type { Site } from './site.ts';
import { removeAs } from './sweep.ts';

/** How far the clock may be set between the start of the machine and that of the server. */
const CLOCK_SLACK_S = 60;

/**
 * Whether the machine has restarted since this server started. Durability is off: what the server had written may have
 * been lost with the machine's memory, and the cluster can be broken in ways that go unnoticed.
 */
export function machineRestartedSince(file: PostmasterFile): boolean {
  return file.startedAt > 0 && file.startedAt < Date.now() / 1000 - uptime() - CLOCK_SLACK_S;
}

/** A server fills its lock file at once; one that stays empty was left by a server that was killed in between. */
const EMPTY_MS = 1_000;

/**
 * Removes lock files that PostgreSQL itself would take for a running server's: empty ones, and those that name a process
 * which by now is another process. (A process that is gone it recognizes.) Call it only when nothing answers.
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
 * Ends what is left of a server whose postmaster was killed: a backend that computes takes no notice until it is done,
 * and no new server starts before. Linux only; elsewhere waiting helps.
 */
export async function killOrphans(site: Site): Promise<void> {
  if (site.platform !== 'linux') return;
  const directory = await realpath(site.layout.dataDirectory).catch(() => undefined);
  if (directory === undefined) return;
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    if ((await readlink(`/proc/${name}/cwd`).catch(() => undefined)) !== directory) continue;
    // Not the postmaster that another explorer may be starting in this moment, nor its children.
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

/** Stops the server of a site and waits until it is gone; and gives up a lease, stopping the server after the last one. */

import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from '../../base/fileErrors.ts';
import { runAs } from './command.ts';
import type { Site } from './layout.ts';
import { type Lease, takeLease } from './lease.ts';
import { isPostmaster, isRunning, readPostmasterFile } from './postmaster.ts';

/** PostgreSQL's shutdown modes and their signals; `kill` is for a server that hangs. */
const WAYS = { fast: 'SIGINT', immediate: 'SIGQUIT', kill: 'SIGKILL' } as const;

/** A fast shutdown writes the buffers, which takes seconds at a large scale. */
const PATIENCE_MS = { fast: 60_000, immediate: 2_000, kill: 5_000 } as const;

export async function stopServer(
  site: Site,
  processId: number,
  ways: readonly (keyof typeof WAYS)[] = ['fast', 'immediate', 'kill'],
): Promise<void> {
  for (const way of ways) {
    if (!(await ask(site, processId, way))) return;
    const deadline = Date.now() + PATIENCE_MS[way];
    while (Date.now() < deadline) {
      if (!(await isRunning(processId))) return;
      await sleep(5);
    }
  }
}

/** @returns false when the process is gone. */
async function ask(site: Site, processId: number, way: keyof typeof WAYS): Promise<boolean> {
  // Windows has no signals: Node would end the process without notice.
  if (site.platform === 'win32' && way !== 'kill') {
    const { binaries, layout, surroundings } = site;
    await runAs(surroundings, binaries.pgCtl, ['stop', '-W', '-s', '-m', way, '-D', layout.dataDirectory]);
    return true;
  }
  try {
    process.kill(processId, WAYS[way]);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false;
    throw error;
  }
}

/** How long a server that lost our lease may recover before we leave it alone. */
const RECOVERY_MS = 10_000;

/** @returns Whether the server is stopped now. Never rejects, because callers also leave after an error. */
export async function leaveServer(site: Site, lease: Lease): Promise<boolean> {
  try {
    if (lease.held()) return await stopIfLast(site, lease, await lease.becomeLast());
  } catch {
    // The lease was lost just now.
  }
  await lease.close();
  return await stopUnlessUsed(site).catch(() => false);
}

/** Handles a lost lease: the server crashed, or another session ended our connection. */
async function stopUnlessUsed(site: Site): Promise<boolean> {
  const deadline = Date.now() + RECOVERY_MS;
  while (Date.now() < deadline) {
    const file = await readPostmasterFile(site.layout.dataDirectory);
    if (file === undefined) return true;
    const lease = await takeLease(site, file, 'alone');
    if (typeof lease === 'object') return await stopIfLast(site, lease, true);
    if (lease === 'taken' || lease === 'refused') return false;
    if (!(await isPostmaster(file.processId, site.layout.dataDirectory, site.platform))) return true;
    await sleep(20);
  }
  return false;
}

async function stopIfLast(site: Site, lease: Lease, last: boolean): Promise<boolean> {
  // While we hold the exclusive lock no other explorer starts a server, so the file is the running one's.
  const file = last ? await readPostmasterFile(site.layout.dataDirectory) : undefined;
  if (file !== undefined) await stopServer(site, file.processId);
  await lease.close();
  return file !== undefined;
}

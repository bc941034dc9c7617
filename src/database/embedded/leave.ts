/** Gives up a lease, and stops the server when it was the last one. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ownsDirectory, type Site, settingsFor } from './layout.ts';
import { type Lease, takeLease } from './lease.ts';
import { isPostmaster, readPostmasterFile } from './postmaster.ts';
import { stopServer } from './stop.ts';

/** How long a server that lost our lease may take to recover before we leave it as it is. */
const RECOVERY_MS = 10_000;

/** @returns Whether the server is stopped now. Never rejects: leaving is what one does after an error, too. */
export async function leaveServer(site: Site, lease: Lease): Promise<boolean> {
  try {
    if (lease.held()) return await stopIfLast(site, lease, await lease.becomeLast());
  } catch {
    // Lost in this very moment.
  }
  await lease.close();
  return await stopUnlessUsed(site).catch(() => false);
}

/** Leaving after the lease was lost: the server crashed, or another session ended our connection. */
async function stopUnlessUsed(site: Site): Promise<boolean> {
  const deadline = Date.now() + RECOVERY_MS;
  while (Date.now() < deadline) {
    const file = await readPostmasterFile(site.layout.dataDirectory);
    if (file === undefined) return true;
    const lease = await takeLease(settingsFor(site, file), 'alone', directory =>
      ownsDirectory(site, directory),
    );
    if (typeof lease === 'object') return await stopIfLast(site, lease, true);
    if (lease === 'taken' || lease === 'refused') return false;
    if (!(await isPostmaster(file.processId, site.layout.dataDirectory, site.platform))) return true;
    await sleep(20);
  }
  return false;
}

async function stopIfLast(site: Site, lease: Lease, last: boolean): Promise<boolean> {
  // While we hold the lock alone the server runs and no other explorer starts one: the file is the running one's.
  const file = last ? await readPostmasterFile(site.layout.dataDirectory) : undefined;
  if (file !== undefined) await stopServer(site, file.processId);
  await lease.close();
  return file !== undefined;
}

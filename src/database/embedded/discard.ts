/** Throws the cluster away: what runs there is stopped first, unless another explorer uses it. */
import { randomBytes } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { PgoptError } from '../../errors.ts';
import { errnoOf } from './errno.ts';
import { takeLease } from './lease.ts';
import { isPostmaster } from './postmaster.ts';
import { readPostmasterFile } from './postmasterFile.ts';
import { ownsDirectory, type Site, settingsFor } from './site.ts';
import { killOrphans } from './stale.ts';
import { stopServer } from './stop.ts';
import { removeAs } from './sweep.ts';

/** A server that does not come to its senses by then is stopped all the same. */
const PATIENCE_MS = 10_000;
/** Another explorer may be about to stop it: that's over in a moment. */
const TAKEN_MS = 1_000;

/** @throws PgoptError embedded-start-failed when another explorer uses the cluster. */
export async function discardCluster(site: Site): Promise<void> {
  const { dataDirectory } = site.layout;
  await stopUnused(site);
  await killOrphans(site);
  const old = `${dataDirectory}.old-${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    await rename(dataDirectory, old);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw error;
  }
  // Another explorer may have started it between the stop and the rename. It is not ready yet, and will start anew.
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
    const lease = await takeLease(settingsFor(site, file), 'alone', directory =>
      ownsDirectory(site, directory),
    );
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
    // With another password than ours no explorer can use it any more.
    if (lease === 'silent') silences += 1;
    if (lease === 'refused' || silences === 2 || waited > PATIENCE_MS) {
      await stopServer(site, file.processId, ['immediate', 'kill']);
      return;
    }
    await sleep(20);
  }
}

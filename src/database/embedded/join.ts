/** Gets a lease on the server of a cache: on the running one, or on one that it starts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PgoptError } from '../../base/errors.ts';
import type { ConnectionSettings } from '../connectionSettings.ts';
import { clusterExists, createCluster } from './cluster.ts';
import { startFailure } from './failure.ts';
import { type Launched, launch } from './launch.ts';
import { type Site, settingsFor } from './layout.ts';
import { type Lease, type NoLease, takeLease } from './lease.ts';
import type { EmbeddedServerOptions } from './options.ts';
import { isPostmaster, type PostmasterFile, readPostmasterFile } from './postmaster.ts';
import { discardCluster, killOrphans, machineRestartedSince, removeMisleadingLocks } from './stale.ts';
import { stopServer } from './stop.ts';
import { sweep } from './sweep.ts';

interface Joined {
  readonly lease: Lease;
  readonly settings: ConnectionSettings;
  readonly adopted: boolean;
}

/** The recovery of a large server takes long, and the server reports it; other states change soon or never. */
const BUSY_MS = 300_000;
const PATIENCE_MS = 20_000;
/** A longer wait is reported. */
const NOTICEABLE_MS = 500;
/** Interval of the attempts. A start takes some 50 ms; pg_ctl's own interval of 100 ms would be most of it. */
const LOOK_MS = 10;

/** Another explorer's server was faster, or is not quite gone: try again. */
const LOST_RACE =
  /lock file ".*" (?:already exists|is empty)|pre-existing shared memory block|Address already in use|Is another postmaster/;

/** @throws PgoptError embedded-… or cancelled. */
export async function joinServer(site: Site, options: EmbeddedServerOptions): Promise<Joined> {
  let began = Date.now();
  const patience = (): number => options.timeoutMs ?? (last === 'busy' ? BUSY_MS : PATIENCE_MS);
  let isReported = false;
  let launched: Launched | undefined;
  let last: NoLease = 'absent';
  let joined = false;
  try {
    while (Date.now() - began < patience()) {
      const file = await readPostmasterFile(site.layout.dataDirectory);
      const lease = file === undefined ? 'absent' : await takeLease(site, file, 'shared');
      if (file !== undefined && typeof lease === 'object') {
        joined = true;
        const adopted = launched === undefined || (launched.processId ?? file.processId) !== file.processId;
        return { lease, settings: settingsFor(site, file), adopted };
      }
      if (typeof lease === 'string') last = lease;
      if (last === 'refused') throw refused(site);
      // Once our own server is starting, continue to the lease: only then is it known whose it is.
      if (options.signal?.aborted === true && launched === undefined)
        throw new PgoptError('cancelled', 'cancelled');
      const said = await launched?.ended();
      if (said !== undefined) {
        launched = undefined;
        if (!LOST_RACE.test(said)) throw startFailure('starting the database', said, site.layout.root);
        await sleep(LOOK_MS * 5);
      } else if (launched === undefined && (last === 'absent' || last === 'foreign')) {
        launched = await startUnlessRunning(site, file, options);
        began = Date.now();
      }
      if (!isReported && last !== 'absent' && Date.now() - began > NOTICEABLE_MS) {
        isReported = true;
        options.onStep?.('waiting for the database');
      }
      await sleep(LOOK_MS);
    }
    throw silent(site, last);
  } finally {
    // It accepts no connection, so it counts as not answering.
    if (!joined && launched?.processId !== undefined) await stopServer(site, launched.processId);
  }
}

/** @returns undefined when another explorer's server is starting, or when the cluster was just created. */
async function startUnlessRunning(
  site: Site,
  file: PostmasterFile | undefined,
  { signal, onStep }: EmbeddedServerOptions,
): Promise<Launched | undefined> {
  const { dataDirectory } = site.layout;
  if (file !== undefined && (await isPostmaster(file.processId, dataDirectory, site.platform)))
    return undefined;
  await removeMisleadingLocks(site);
  if (file !== undefined) {
    await killOrphans(site);
    if (machineRestartedSince(file)) {
      onStep?.('the machine restarted while the database was running: creating a new one');
      await discardCluster(site);
    }
  }
  if (!(await clusterExists(site.layout))) {
    onStep?.('creating the database');
    await sweep(site);
    await createCluster(site, signal);
    return undefined;
  }
  onStep?.('starting PostgreSQL');
  return await launch(site);
}

function refused(site: Site): PgoptError {
  return new PgoptError(
    'embedded-broken-cache',
    `the embedded database refuses the password in ${site.layout.password}`,
  );
}

function silent(site: Site, last: NoLease): PgoptError {
  const what = {
    absent: 'runs but cannot be reached',
    foreign: 'runs but cannot be reached',
    busy: 'is still starting, recovering or stopping',
    taken: 'is locked by another pgopt-explore that does not stop it',
    silent: 'does not answer',
    refused: 'accepts no connection',
  }[last];
  return new PgoptError('embedded-start-failed', `the embedded database in ${site.layout.root} ${what}`);
}

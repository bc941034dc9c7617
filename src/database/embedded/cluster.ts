/** Makes a cluster: aside, and then in place at once, so that there is never half of one. */
import { randomBytes } from 'node:crypto';
import { chown, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PgoptError } from '../../errors.ts';
import type { Binaries } from './binaries.ts';
import { runAs, type Surroundings } from './command.ts';
import { errnoOf } from './errno.ts';
import { startFailure } from './failure.ts';
import type { Layout } from './layout.ts';
import { freeBytes } from './machine.ts';
import { processExists } from './postmaster.ts';

/** The superuser of the cluster, who owns the demo. */
export const OWNER = 'pgopt';

/** An empty cluster is 40 MB; the rest is for write-ahead log and the first index. */
export const NEEDED_BYTES = 200 * 1024 * 1024;

/** No initdb takes this long: what is older was left behind, even if its process id lives on as somebody else. */
const STALE_MS = 10 * 60_000;

/**
 * Whether there is a cluster to start.
 * @throws PgoptError embedded-broken-cache when there is something else in its place.
 */
export async function clusterExists(dataDirectory: string): Promise<boolean> {
  const version = await readFile(join(dataDirectory, 'PG_VERSION'), 'utf8').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (version?.trim() === '15') return true;
  const found = await stat(dataDirectory).catch(() => undefined);
  if (version === undefined && found === undefined) return false;
  const what =
    version === undefined
      ? 'no PostgreSQL cluster'
      : `a cluster of PostgreSQL ${version.trim().slice(0, 10)}`;
  throw new PgoptError(
    'embedded-broken-cache',
    `${dataDirectory} holds ${what} instead of one of PostgreSQL 15`,
  );
}

/**
 * Makes a cluster, or leaves the one that somebody else has put in place in the meantime.
 * @throws PgoptError embedded-no-space, embedded-no-permission, embedded-no-binary, embedded-start-failed.
 */
export async function createCluster(
  binaries: Binaries,
  layout: Layout,
  surroundings: Surroundings,
  password: string,
  options: {
    signal?: AbortSignal | undefined;
    freeBytes?: ((path: string) => Promise<number>) | undefined;
  } = {},
): Promise<void> {
  const free = await (options.freeBytes ?? freeBytes)(layout.home);
  if (free < NEEDED_BYTES) {
    const mb = (bytes: number): string => `${Math.floor(bytes / 1024 / 1024)} MB`;
    throw new PgoptError(
      'embedded-no-space',
      `the database needs ${mb(NEEDED_BYTES)} in ${layout.root}, where ${mb(free)} are free`,
    );
  }
  const draft = `${layout.dataDirectory}.tmp-${process.pid}-${randomBytes(4).toString('hex')}`;
  const passwordFile = `${layout.home}/initdb-${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
    const { account } = surroundings;
    if (account !== undefined) await chown(passwordFile, account.uid, account.gid);
    const args = [
      `--pgdata=${draft}`,
      `--pwfile=${passwordFile}`,
      `--username=${OWNER}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--no-sync',
      '--no-instructions',
    ];
    let done = await runAs(surroundings, binaries.initdb, [...args, '--locale=C.UTF-8'], options.signal);
    if (done.exitCode !== 0 && done.output.includes('invalid locale name')) {
      await removeAs(surroundings, draft);
      done = await runAs(surroundings, binaries.initdb, [...args, '--locale=C'], options.signal);
    }
    if (options.signal?.aborted === true) return;
    if (done.exitCode !== 0) throw startFailure('making the database', done.output, layout.root);
    await putInPlace(draft, layout.dataDirectory);
  } finally {
    await rm(passwordFile, { force: true });
    await removeAs(surroundings, draft);
  }
}

async function putInPlace(draft: string, dataDirectory: string): Promise<void> {
  try {
    await rename(draft, dataDirectory);
  } catch (error) {
    // A folder that is there and not empty is never replaced: somebody else was first, and theirs is as good.
    if (
      ['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(errnoOf(error) ?? '') &&
      (await clusterExists(dataDirectory))
    )
      return;
    throw error;
  }
}

/** Removes what processes that are gone have left beside the cluster. */
export async function sweep(layout: Layout, surroundings: Surroundings): Promise<void> {
  for (const folder of [layout.server, layout.home]) {
    for (const name of await readdir(folder)) {
      const processId = /^(?:data\.(?:tmp|old)|initdb|binaries-.*\.tmp|password\.)-?(\d+)-[0-9a-f]+$/.exec(
        name,
      )?.[1];
      if (processId === undefined) continue;
      const path = join(folder, name);
      const changed = await stat(path).catch(() => undefined);
      const old = changed !== undefined && Date.now() - changed.mtimeMs > STALE_MS;
      if (!old && processExists(Number(processId))) continue;
      if (folder === layout.server) await removeAs(surroundings, path);
      else await rm(path, { recursive: true, force: true });
    }
  }
}

/**
 * Removes a folder that belongs to the server's account. Root lets the account do it: in a folder that another account
 * may change, a path can become a link to somewhere else between two looks at it.
 */
export async function removeAs(surroundings: Surroundings, path: string): Promise<void> {
  if (surroundings.account === undefined) await rm(path, { recursive: true, force: true, maxRetries: 5 });
  else await runAs(surroundings, '/bin/rm', ['-rf', '--', path]);
}

/** Creates a cluster in a draft and moves it into place at once, so that there is never half of one. */

import { chown, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PgoptError } from '../../base/errors.ts';
import { errnoOf } from '../../base/fileErrors.ts';
import { type Finished, runAs } from './command.ts';
import { startFailure } from './failure.ts';
import { type Layout, OWNER, type Site } from './layout.ts';
import { draftSuffix, removeAs } from './sweep.ts';

/** An empty cluster is 40 MB; the rest is for write-ahead log and the first index. */
const NEEDED_BYTES = 200 * 1024 * 1024;

/**
 * Whether there is a cluster to start.
 * @throws PgoptError embedded-broken-cache when its folder holds something else.
 */
export async function clusterExists({ dataDirectory, major }: Layout): Promise<boolean> {
  const version = await readFile(join(dataDirectory, 'PG_VERSION'), 'utf8').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (version?.trim() === String(major)) return true;
  const found = await stat(dataDirectory).catch(() => undefined);
  if (version === undefined && found === undefined) return false;
  const what =
    version !== undefined && /^\d+\s*$/.test(version)
      ? `a cluster of PostgreSQL ${version.trim()}`
      : 'no PostgreSQL cluster';
  throw new PgoptError(
    'embedded-broken-cache',
    `${dataDirectory} holds ${what} instead of one of PostgreSQL ${major}`,
  );
}

/**
 * Creates a cluster, or keeps the one that another explorer has put into place meanwhile.
 * @throws PgoptError embedded-no-space, embedded-no-permission, embedded-no-binary, embedded-start-failed.
 */
export async function createCluster(site: Site, signal: AbortSignal | undefined): Promise<void> {
  const { layout, surroundings } = site;
  await checkSpace(site);
  const suffix = draftSuffix();
  const draft = `${layout.dataDirectory}.tmp-${suffix}`;
  const passwordFile = `${layout.home}/initdb-${suffix}`;
  try {
    // A file, because every user can see arguments.
    await writeFile(passwordFile, `${site.password}\n`, { mode: 0o600, flag: 'wx' });
    if (site.account !== undefined) await chown(passwordFile, site.account.uid, site.account.gid);
    let done = await initdb(site, draft, passwordFile, 'C.UTF-8', signal);
    if (done.exitCode !== 0 && done.output.includes('invalid locale name')) {
      await removeAs(surroundings, draft);
      done = await initdb(site, draft, passwordFile, 'C', signal);
    }
    if (signal?.aborted === true) return;
    if (done.exitCode !== 0) throw startFailure('creating the database', done.output, layout.root);
    await putInPlace(draft, layout);
  } finally {
    await rm(passwordFile, { force: true });
    await removeAs(surroundings, draft);
  }
}

async function checkSpace({ layout, freeBytes }: Site): Promise<void> {
  const free = await freeBytes(layout.home);
  if (free >= NEEDED_BYTES) return;
  const mb = (bytes: number): string => `${Math.floor(bytes / 1024 / 1024)} MB`;
  throw new PgoptError(
    'embedded-no-space',
    `the database needs ${mb(NEEDED_BYTES)} in ${layout.root}, where ${mb(free)} are free`,
  );
}

/** `locale` sets the character types. Its sort order by code point is the same on every machine. */
function initdb(
  { binaries, layout, surroundings }: Site,
  draft: string,
  passwordFile: string,
  locale: string,
  signal: AbortSignal | undefined,
): Promise<Finished> {
  const args = [
    `--pgdata=${draft}`,
    `--pwfile=${passwordFile}`,
    `--username=${OWNER}`,
    `--locale=${locale}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--no-sync',
  ];
  if (layout.major >= 14) args.push('--no-instructions');
  // On by default since 18; a lens writes its own pages, without checksums.
  if (layout.major >= 18) args.push('--no-data-checksums');
  return runAs(surroundings, binaries.initdb, args, signal);
}

async function putInPlace(draft: string, layout: Layout): Promise<void> {
  try {
    await rename(draft, layout.dataDirectory);
  } catch (error) {
    // rename() never replaces a non-empty folder: another explorer was first, and its cluster is as good.
    if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(errnoOf(error) ?? '') && (await clusterExists(layout)))
      return;
    throw error;
  }
}

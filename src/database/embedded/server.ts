/** The embedded server: a real PostgreSQL in the user's cache. All explorers share it, and the last one stops it. */
import { PgoptError } from '../../base/errors.ts';
import { cacheFailure } from './failure.ts';
import { joinServer } from './join.ts';
import type { EmbeddedServer, EmbeddedServerOptions } from './options.ts';
import { layoutFor, prepareSite } from './prepare.ts';
import { discardCluster } from './stale.ts';
import { leaveServer } from './stop.ts';

export type { EmbeddedServer } from './options.ts';

/**
 * Adopts the server that runs in the cache, or starts one there, and creates its cluster if there is none.
 * @throws PgoptError with a code `embedded-…` or `cancelled`.
 */
export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const layout = layoutFor(options);
  try {
    const site = await prepareSite(options, layout);
    if (options.fresh === true) {
      options.onStep?.('deleting the old database');
      await discardCluster(site);
    }
    const joined = await joinServer(site, options);
    let left: Promise<{ stopped: boolean }> | undefined;
    const release = (): Promise<{ stopped: boolean }> => {
      left ??= leaveServer(site, joined.lease).then(stopped => ({ stopped }));
      return left;
    };
    if (options.signal?.aborted === true) {
      await release();
      throw new PgoptError('cancelled', 'cancelled');
    }
    const { settings, adopted, lease } = joined;
    return {
      settings,
      adopted,
      serverVersion: lease.serverVersion,
      dataDirectory: layout.dataDirectory,
      account: site.account,
      release,
    };
  } catch (error) {
    throw cacheFailure(error, layout.root);
  }
}

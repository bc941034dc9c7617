/** Which of the server's databases are the shop that is asked for: fresh ones to use, stale ones to replace. */
import type { Link } from '../link.ts';
import { isFresh } from './freshness.ts';
import { type FoundShop, GENERATOR_VERSION, listDatabases } from './metadata.ts';
import { sweepAbandonedLoads } from './sweep.ts';

export interface Found {
  /** The newest that will do. */
  readonly fresh: FoundShop | undefined;
  /** Windows moved on, or another version's generator; newest first. */
  readonly stale: readonly FoundShop[];
}

/** Sweeps abandoned loads on the way, of any shop. `today` as `2025-06-11`. */
export async function findShops(link: Link, scale: number, seed: number, today: string): Promise<Found> {
  const { names, shops } = await listDatabases(link);
  await sweepAbandonedLoads(link, names);
  const same = shops
    .filter(shop => shop.scale === scale && shop.seed === seed)
    .sort((a, b) => (a.loadedOn < b.loadedOn ? 1 : -1));
  const will = (shop: FoundShop): boolean =>
    shop.version === GENERATOR_VERSION && isFresh(shop.loadedOn, today);
  return { fresh: same.find(will), stale: same.filter(shop => !will(shop)) };
}

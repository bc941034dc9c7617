/** The demo shop, there when this returns: reused when it is fresh, loaded when it is not. */
import { availableParallelism } from 'node:os';
import { PgoptError } from '../../errors.ts';
import { connect, DatabaseError, type Link } from '../link.ts';
import { stopIfAborted } from './cancelled.ts';
import { isFresh } from './freshness.ts';
import { loadShop } from './load.ts';
import { lock } from './lock.ts';
import { type FoundShop, GENERATOR_VERSION, listDatabases } from './metadata.ts';
import { DEFAULT_SEED, shopName } from './names.ts';
import { rowsAt } from './sizes.ts';
import { checkSpace, freeBytesOf } from './space.ts';
import { dropUnused, sweepAbandonedLoads } from './sweep.ts';
import type { DemoShop, DemoShopOptions } from './types.ts';

/**
 * Several explorers may call this at once: one loads, the others wait for it. Shops gone stale are dropped when nobody
 * is connected to them, and stay beside the new one when somebody is.
 * @throws PgoptError 'cancelled' (signal), 'embedded-no-space', 'demo-load-failed', 'usage' (scale, seed),
 *   'connection-refused'.
 */
export async function ensureDemoShop(options: DemoShopOptions): Promise<DemoShop> {
  const { settings, signal, scale, seed = DEFAULT_SEED } = options;
  const rows = rowsAt(scale);
  if (!Number.isSafeInteger(seed) || seed < 0 || seed > 1_000_000) {
    throw new PgoptError('usage', `the seed must be a whole number from 0 to 1000000, not ${seed}`);
  }
  stopIfAborted(signal);
  const control = await connect(settings, 'pgopt-explore demo');
  try {
    const today = await serverDate(control, (options.now ?? (() => new Date()))());
    const found = async (): Promise<{ fresh?: FoundShop; stale: FoundShop[] }> => {
      const { names, shops } = await listDatabases(control);
      await sweepAbandonedLoads(control, names);
      const same = shops.filter(shop => shop.scale === scale && shop.seed === seed);
      const [fresh] = same.filter(shop => usable(shop, today)).sort(newestFirst);
      const stale = same.filter(shop => !usable(shop, today));
      return fresh === undefined ? { stale } : { fresh, stale };
    };
    const reuse = ({ database, loadedOn, rows }: FoundShop): DemoShop => ({
      settings: { ...settings, database },
      scale,
      loadedOn,
      reused: true,
      rows,
    });

    const before = await found();
    if (before.fresh !== undefined) {
      await dropUnused(control, before.stale);
      return reuse(before.fresh);
    }

    const shop = shopName(scale, seed);
    const tell = (message: string) => options.onEvent?.({ type: 'startup:step', message });
    await lock(control, shop, signal, () => tell('waiting for another explorer that loads the demo shop'));
    const now = await found();
    if (now.fresh !== undefined) return reuse(now.fresh);
    tell(now.stale.length === 0 ? 'loading the demo shop' : 'loading the demo shop afresh');
    const gone = await dropUnused(control, now.stale);
    const kept = now.stale.filter((_, n) => gone[n] === false && now.stale[n]?.version === GENERATOR_VERSION);

    const { dataDirectory, freeBytes = freeBytesOf } = options;
    if (dataDirectory !== undefined) {
      try {
        checkSpace(scale, rows, await freeBytes(dataDirectory), dataDirectory);
      } catch (error) {
        // Somebody still uses an older one, so it cannot make room: better its windows than nothing.
        const [newest] = kept.sort(newestFirst);
        if (newest === undefined) throw error;
        tell(`no room to load afresh: using the demo shop of ${newest.loadedOn}`);
        return reuse(newest);
      }
    }
    const database = await loadShop(control, {
      settings,
      shop,
      metadata: { scale, seed, version: GENERATOR_VERSION, loadedOn: today, rows },
      parallelism: Math.max(1, options.parallelism ?? availableParallelism()),
      schemaFolder: options.schemaFolder,
      signal,
      onEvent: options.onEvent ?? (() => undefined),
    });
    return { settings: { ...settings, database }, scale, loadedOn: today, reused: false, rows };
  } catch (error) {
    throw explain(error);
  } finally {
    await control.end();
  }
}

/** Today where CURRENT_DATE of the queries is taken: in the server's time zone. */
async function serverDate(link: Link, now: Date): Promise<string> {
  const [row] = await link.query('SELECT ($1::timestamptz)::date::text AS today', [now.toISOString()]);
  return String(row?.today);
}

const usable = (shop: FoundShop, today: string): boolean =>
  shop.version === GENERATOR_VERSION && isFresh(shop.loadedOn, today);

const newestFirst = (a: FoundShop, b: FoundShop): number => (a.loadedOn < b.loadedOn ? 1 : -1);

/** What the server says becomes one line for a person; the disk being full has its own. */
function explain(error: unknown): unknown {
  if (!(error instanceof DatabaseError)) return error;
  if (error.code === '53100') {
    return new PgoptError('embedded-no-space', 'the disk filled up while the demo shop was loaded', {
      cause: error,
    });
  }
  return new PgoptError('demo-load-failed', `loading the demo shop failed: ${error.message}`, {
    cause: error,
  });
}

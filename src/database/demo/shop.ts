/** The demo shop, there when this returns: reused when it is fresh, loaded when it is not. */

import { availableParallelism } from 'node:os';
import { DatabaseError } from '../../base/databaseError.ts';
import { PgoptError } from '../../base/errors.ts';
import { connectTrusted, type Link } from '../link.ts';
import { stopIfAborted } from './cancelled.ts';
import { type DemoShop, type DemoShopOptions, type Rows, TABLES } from './demo.ts';
import { findShops } from './find.ts';
import { loadShop } from './load.ts';
import { lock } from './lock.ts';
import { type FoundShop, GENERATOR_VERSION } from './metadata.ts';
import { DEFAULT_SEED, shopName } from './names.ts';
import { rowsAt } from './sizes.ts';
import { checkSpace, freeBytesOf } from './space.ts';
import { dropUnused } from './sweep.ts';

const LARGEST_SEED = 1_000_000;

/**
 * Several explorers may call this at once: one loads, the others wait for it. Stale shops are dropped when no session
 * is connected to them, and stay beside the new one otherwise.
 * @throws PgoptError 'cancelled' (signal), 'embedded-no-space', 'demo-load-failed', 'usage' (scale, seed),
 *   'connection-refused'.
 */
export async function ensureDemoShop(options: DemoShopOptions): Promise<DemoShop> {
  const { settings, signal, scale, seed = DEFAULT_SEED } = options;
  const rows = rowsAt(scale);
  if (!Number.isSafeInteger(seed) || seed < 0 || seed > LARGEST_SEED) {
    throw new PgoptError('usage', `the seed must be a whole number from 0 to ${LARGEST_SEED}, not ${seed}`);
  }
  stopIfAborted(signal);
  const control = await connectTrusted(settings, 'pgopt-explore demo');
  try {
    return await ensure(control, { ...options, seed }, rows);
  } catch (error) {
    throw explain(error);
  } finally {
    await control.end();
  }
}

async function ensure(
  control: Link,
  options: DemoShopOptions & { readonly seed: number },
  rows: Rows,
): Promise<DemoShop> {
  const { settings, signal, scale, seed, now = () => new Date() } = options;
  const reuse = (shop: FoundShop): DemoShop => ({
    settings: { ...settings, database: shop.database },
    scale,
    loadedOn: shop.loadedOn,
    reused: true,
    rows: shop.rows,
  });
  const tell = (message: string) => options.onEvent?.({ type: 'startup:step', message });

  const today = await serverDate(control, now());
  const before = await findShops(control, scale, seed, today);
  if (before.fresh !== undefined) {
    await dropUnused(control, before.stale);
    return reuse(before.fresh);
  }
  const shop = shopName(scale, seed);
  await lock(control, shop, signal, () => tell('waiting for another explorer that loads the demo shop'));
  // The former holder of the lock may have loaded it.
  const { fresh, stale } = await findShops(control, scale, seed, today);
  if (fresh !== undefined) return reuse(fresh);

  tell(stale.length === 0 ? 'loading the demo shop' : 'loading the demo shop afresh');
  const inUse = await dropUnused(control, stale);
  const [makeshift] = inUse.filter(({ version }) => version === GENERATOR_VERSION);
  const noSpace = await spaceError(options, rows);
  if (noSpace !== undefined) {
    if (makeshift === undefined) throw noSpace;
    // A session uses an older one, so it cannot make room: better its windows than nothing.
    tell(`no room to load afresh: using the demo shop of ${makeshift.loadedOn}`);
    return reuse(makeshift);
  }
  const database = await loadShop(control, {
    settings,
    shop,
    metadata: { scale, seed, version: GENERATOR_VERSION, loadedOn: today, rows },
    // No table is ever loaded by two connections, so more of them than tables have nothing to do.
    parallelism: Math.min(TABLES.length, Math.max(1, options.parallelism ?? availableParallelism())),
    schemaFolder: options.schemaFolder,
    signal,
    onEvent: options.onEvent ?? (() => undefined),
  });
  return { settings: { ...settings, database }, scale, loadedOn: today, reused: false, rows };
}

async function spaceError(options: DemoShopOptions, rows: Rows): Promise<PgoptError | undefined> {
  const { dataDirectory, freeBytes = freeBytesOf, scale } = options;
  if (dataDirectory === undefined) return undefined;
  return checkSpace(scale, rows, await freeBytes(dataDirectory), dataDirectory);
}

/** Today where CURRENT_DATE of the queries is taken: in the server's time zone. */
async function serverDate(link: Link, now: Date): Promise<string> {
  const [row] = await link.query('SELECT ($1::timestamptz)::date::text AS today', [now.toISOString()]);
  return String(row?.today);
}

/** What the server says becomes one line for a person; a full disk has its own. */
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

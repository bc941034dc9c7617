/** Provides the demo shop: reuses a fresh one, or loads one if the disk has room. */
import { availableParallelism } from 'node:os';
import { DatabaseError } from '../../base/databaseError.ts';
import { PgoptError } from '../../base/errors.ts';
import { freeBytes } from '../embedded/machine.ts';
import { connectTrusted, type Link } from '../link.ts';
import { type DemoShop, type DemoShopOptions, type Rows, stopIfAborted, TABLES } from './demo.ts';
import { loadShop } from './load.ts';
import { dropUnused, lock, sweepAbandonedLoads } from './lock.ts';
import { DEFAULT_SEED, type FoundShop, GENERATOR_VERSION, listDatabases, shopName } from './metadata.ts';
import { rowsAt } from './script.ts';

/** A tenth of the shortest window of the queries ("last 30 days"), which ends today. */
export const FRESH_DAYS = 3;

const DAY_MS = 86_400_000;

/** Both days as `2025-06-11`. After a clock was set back a shop is stale, too: its last orders would be in the future. */
export function isFresh(loadedOn: string, today: string): boolean {
  const days = (Date.parse(today) - Date.parse(loadedOn)) / DAY_MS;
  return days >= 0 && days <= FRESH_DAYS;
}

interface Found {
  /** The newest usable one. */
  readonly fresh: FoundShop | undefined;
  /** Too old, or from another version's generator; newest first. */
  readonly stale: readonly FoundShop[];
}

/** Finds the databases with the requested shop, and removes abandoned loads of any shop. `today` as `2025-06-11`. */
async function findShops(link: Link, scale: number, seed: number, today: string): Promise<Found> {
  const { names, shops } = await listDatabases(link);
  await sweepAbandonedLoads(link, names);
  const same = shops
    .filter(shop => shop.scale === scale && shop.seed === seed)
    .sort((a, b) => (a.loadedOn < b.loadedOn ? 1 : -1));
  const will = (shop: FoundShop): boolean =>
    shop.version === GENERATOR_VERSION && isFresh(shop.loadedOn, today);
  return { fresh: same.find(will), stale: same.filter(shop => !will(shop)) };
}

/** Bytes a row, measured at scale 0.01 on PostgreSQL 15: heap and primary key, visibility map included. */
const SHOP = { customers: 112, categories: 400, products: 140, inventory: 100, orders: 116, order_items: 92 };
/** The case study's five proposals, in bytes an order (an order has three items). */
const PROPOSALS_PER_ORDER = 240;
/** Sorts for the largest index, WAL between checkpoints. */
const WORKING_PER_ORDER = 100;
const WORKING_AT_LEAST = 128 * 1024 ** 2;

interface Needed {
  readonly shop: number;
  readonly proposals: number;
  readonly working: number;
}

/** Bytes. */
export function bytesNeeded(rows: Rows): Needed {
  const tables = Object.keys(SHOP) as (keyof typeof SHOP)[];
  return {
    shop: tables.reduce((sum, table) => sum + rows[table] * SHOP[table], 0),
    proposals: rows.orders * PROPOSALS_PER_ORDER,
    working: rows.orders * WORKING_PER_ORDER + WORKING_AT_LEAST,
  };
}

/** 'embedded-no-space' with the figures; undefined when `free` bytes suffice. Checked first, so that scale 1 fails at once. */
export function checkSpace(
  scale: number,
  rows: Rows,
  free: number,
  directory: string,
): PgoptError | undefined {
  const { shop, proposals, working } = bytesNeeded(rows);
  const all = shop + proposals + working;
  if (all <= free) return undefined;
  return new PgoptError(
    'embedded-no-space',
    `scale ${scale} needs about ${size(all)} of disk (shop ${size(shop)}, proposals ${size(proposals)}, ` +
      `working room ${size(working)}) and ${directory} has ${size(free)} free`,
  );
}

function size(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.ceil(bytes / 1e6)} MB`;
}

const LARGEST_SEED = 1_000_000;

/**
 * Several explorers may call this at once: one loads, the others wait for it. Stale shops without a connected session
 * are dropped; the others stay beside the new one.
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
    loadedOn: shop.loadedOn,
    reused: true,
    rows: shop.rows,
  });
  const report = (message: string) => options.onEvent?.({ type: 'startup:step', message });

  const today = await serverDate(control, now());
  const before = await findShops(control, scale, seed, today);
  if (before.fresh !== undefined) {
    await dropUnused(control, before.stale);
    return reuse(before.fresh);
  }
  const shop = shopName(scale, seed);
  await lock(control, shop, signal, () => report('waiting for another explorer that loads the demo shop'));
  // The former holder of the lock may have loaded it.
  const { fresh, stale } = await findShops(control, scale, seed, today);
  if (fresh !== undefined) return reuse(fresh);

  report(stale.length === 0 ? 'loading the demo shop' : 'loading the demo shop again');
  const inUse = await dropUnused(control, stale);
  const [makeshift] = inUse.filter(({ version }) => version === GENERATOR_VERSION);
  const noSpace = await spaceError(options, rows);
  if (noSpace !== undefined) {
    if (makeshift === undefined) throw noSpace;
    // A session uses the older shop, so it cannot make room. Its old windows are better than no shop.
    report(`no disk space for a new demo shop: using the demo shop of ${makeshift.loadedOn}`);
    return reuse(makeshift);
  }
  const database = await loadShop(control, {
    settings,
    shop,
    metadata: { scale, seed, version: GENERATOR_VERSION, loadedOn: today, rows },
    // Two connections never load one table, so more connections than tables would be idle.
    parallelism: Math.min(TABLES.length, Math.max(1, options.parallelism ?? availableParallelism())),
    schemaFolder: options.schemaFolder,
    signal,
    onEvent: options.onEvent ?? (() => undefined),
  });
  return { settings: { ...settings, database }, loadedOn: today, reused: false, rows };
}

async function spaceError(options: DemoShopOptions, rows: Rows): Promise<PgoptError | undefined> {
  const { dataDirectory, scale } = options;
  if (dataDirectory === undefined) return undefined;
  return checkSpace(scale, rows, await (options.freeBytes ?? freeBytes)(dataDirectory), dataDirectory);
}

/** Today in the server's time zone, which CURRENT_DATE of the queries uses. */
async function serverDate(link: Link, now: Date): Promise<string> {
  const [row] = await link.query('SELECT ($1::timestamptz)::date::text AS today', [now.toISOString()]);
  return String(row?.today);
}

/** Turns the server's error into one line for the user; a full disk has its own. */
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

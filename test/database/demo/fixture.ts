/** Small shops for tests, on the run's server: each test file has seeds, and so databases, of its own. */

import { fileURLToPath } from 'node:url';
import { identifier } from '../../../src/base/sql.ts';
import type { DemoShop, DemoShopOptions } from '../../../src/database/demo/demo.ts';
import { ensureDemoShop } from '../../../src/database/demo/shop.ts';
import { connectTrusted as connect, type Link } from '../../../src/database/link.ts';
import { testServer } from '../../helpers/server.ts';

export const SCHEMA = fileURLToPath(new URL('../../../schema', import.meta.url));
export const QUERIES = fileURLToPath(new URL('../../../queries', import.meta.url));

export async function ensureTestShop(
  options: Partial<DemoShopOptions> & { readonly seed: number },
): Promise<DemoShop> {
  const { settings } = await testServer();
  return ensureDemoShop({ settings, scale: 0.0005, schemaFolder: SCHEMA, ...options });
}

/** A connection to the database `postgres`. */
export async function connectServer(): Promise<Link> {
  return connect((await testServer()).settings, 'test');
}

export const connectShop = (shop: DemoShop): Promise<Link> => connect(shop.settings, 'test');

/** Names of all databases made for this seed, finished or not. */
export async function databasesOf(seed: number): Promise<string[]> {
  const link = await connectServer();
  try {
    const rows = await link.query('SELECT datname FROM pg_database WHERE datname ~ $1 ORDER BY 1', [
      `^shop_.*_seed_${seed}(_|$)`,
    ]);
    return rows.map(row => String(row.datname));
  } finally {
    await link.end();
  }
}

export async function dropShops(...seeds: number[]): Promise<void> {
  const link = await connectServer();
  try {
    for (const seed of seeds) {
      for (const name of await databasesOf(seed))
        await link.query(`DROP DATABASE ${identifier(name)} WITH (FORCE)`);
    }
  } finally {
    await link.end();
  }
}

/** The one number of a one-row, one-column answer. */
export async function number(link: Link, sql: string): Promise<number> {
  const [row] = await link.query(sql);
  return Number(Object.values(row ?? {})[0]);
}

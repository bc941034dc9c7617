/** The same scale and seed give the same rows, however the work is shared out and whatever the day. */
import { afterAll, expect, test } from 'vitest';
import { type DemoShop, TABLES } from '../../../src/database/demo/demo.ts';
import { connectShop, dropShops, ensureTestShop } from './fixture.ts';

const SEED = 911;
const OTHER = 912;
const DATES: Record<string, readonly string[]> = {
  customers: ['created_at', 'first_purchase_date'],
  products: ['created_at'],
  inventory: ['last_restock_date'],
  orders: ['order_date'],
};

/** A sum over all rows, with dates taken relative to the day of loading. */
async function checksums(shop: DemoShop): Promise<Record<string, string>> {
  const link = await connectShop(shop);
  const sums: Record<string, string> = {};
  try {
    for (const table of TABLES) {
      const dates = DATES[table] ?? [];
      const relative = dates.map(column => `(t.${column} - '${shop.loadedOn}'::date)::text`).join(', ');
      const [row] = await link.query(`
        SELECT sum(hashtextextended((to_jsonb(t) - '{${dates.join(',')}}'::text[])::text || concat_ws('|', ${relative || "''"}), 0))::text AS sum
        FROM ${table} AS t`);
      sums[table] = String(row?.sum);
    }
  } finally {
    await link.end();
  }
  return sums;
}

async function load(seed: number, parallelism: number, day: string): Promise<Record<string, string>> {
  const shop = await ensureTestShop({ seed, parallelism, now: () => new Date(`${day}T12:00:00Z`) });
  expect(shop.reused).toBe(false);
  const sums = await checksums(shop);
  await dropShops(seed);
  return sums;
}

afterAll(() => dropShops(SEED, OTHER));

test('two loads, one and several connections, either side of a leap day, same rows', async () => {
  const alone = await load(SEED, 1, '2024-02-20');
  expect(Object.keys(alone)).toHaveLength(6);
  expect(await load(SEED, 2, '2024-02-20')).toEqual(alone);
  expect(await load(SEED, 5, '2025-07-03')).toEqual(alone);
});

test('another seed, other rows', async () => {
  const one = await load(SEED, 2, '2025-07-03');
  const other = await load(OTHER, 2, '2025-07-03');
  for (const table of TABLES) {
    if (table === 'categories') expect(other[table]).toBe(one[table]);
    else expect(other[table], table).not.toBe(one[table]);
  }
});

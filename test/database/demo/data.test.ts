/** The demo shop's rows are like a real shop's: every promise of the schema folder, on all rows of a small shop. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DemoShop, TABLES } from '../../../src/database/demo/demo.ts';
import { unreadyTables } from '../../../src/database/demo/load.ts';
import type { Link } from '../../../src/database/link.ts';
import { connectShop, dropShops, ensureTestShop, number } from './fixture.ts';

const SEED = 901;
let shop: DemoShop;
let link: Link;

beforeAll(async () => {
  shop = await ensureTestShop({ seed: SEED, scale: 0.001 });
  link = await connectShop(shop);
});
afterAll(async () => {
  await link.end();
  await dropShops(SEED);
});

test('has as many rows as the scale says', async () => {
  for (const table of TABLES) {
    expect(await number(link, `SELECT count(*) FROM ${table}`), table).toBe(shop.rows[table]);
  }
  expect(shop.rows).toMatchObject({ orders: 50_000, order_items: 150_000, customers: 2000, categories: 50 });
});

test('has primary and foreign keys and nothing else', async () => {
  const rows = await link.query(`
    SELECT conrelid::regclass::text AS table, contype::text AS kind, pg_get_constraintdef(oid) AS definition
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 2 DESC, 1, 3`);
  expect(rows.map(row => `${row.table}: ${row.definition}`)).toEqual([
    'categories: PRIMARY KEY (category_id)',
    'customers: PRIMARY KEY (customer_id)',
    'inventory: PRIMARY KEY (inventory_id)',
    'order_items: PRIMARY KEY (item_id)',
    'orders: PRIMARY KEY (order_id)',
    'products: PRIMARY KEY (product_id)',
    'categories: FOREIGN KEY (parent_category_id) REFERENCES categories(category_id)',
    'inventory: FOREIGN KEY (product_id) REFERENCES products(product_id)',
    'order_items: FOREIGN KEY (order_id) REFERENCES orders(order_id)',
    'order_items: FOREIGN KEY (product_id) REFERENCES products(product_id)',
    'orders: FOREIGN KEY (customer_id) REFERENCES customers(customer_id)',
    'products: FOREIGN KEY (category_id) REFERENCES categories(category_id)',
  ]);
  expect(
    await number(
      link,
      `SELECT count(*) FROM pg_index WHERE NOT indisprimary AND indrelid::regclass::text IN (${TABLES.map(t => `'${t}'`).join()})`,
    ),
  ).toBe(0);
  expect(
    await number(
      link,
      `SELECT count(*) FROM pg_proc WHERE pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)`,
    ),
  ).toBe(0);
  expect(
    await number(
      link,
      `SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND reloptions IS NOT NULL`,
    ),
  ).toBe(0);
});

test('has five root categories with nine children each, and products in all fifty', async () => {
  const roots = await link.query(`
    SELECT r.category_id, count(c.*)::int AS children FROM categories r LEFT JOIN categories c
      ON c.parent_category_id = r.category_id WHERE r.parent_category_id IS NULL GROUP BY 1 ORDER BY 1`);
  expect(roots.map(row => row.children)).toEqual([9, 9, 9, 9, 9]);
  expect(await number(link, 'SELECT count(DISTINCT category_id) FROM products')).toBe(50);
  expect(await number(link, 'SELECT count(DISTINCT name) FROM categories')).toBe(50);
});

test('has one inventory row a product', async () => {
  expect(await number(link, 'SELECT count(DISTINCT product_id) FROM inventory')).toBe(shop.rows.products);
});

test('order amounts agree with their items to the cent', async () => {
  const wrong = await number(
    link,
    `
    SELECT count(*) FROM orders o FULL JOIN (
      SELECT order_id, SUM(quantity * unit_price) - SUM(discount) AS amount, SUM(discount) AS discount
      FROM order_items GROUP BY order_id) i USING (order_id)
    WHERE (o.total_amount = i.amount AND o.discount_amount = i.discount) IS NOT TRUE`,
  );
  expect(wrong).toBe(0);
  expect(await number(link, 'SELECT count(*) FROM orders WHERE total_amount <= 0')).toBe(0);
  expect(await number(link, 'SELECT count(*) FROM order_items WHERE discount > 0')).toBeGreaterThan(10_000);
});

test('items are sold at their product’s price', async () => {
  expect(
    await number(
      link,
      'SELECT count(*) FROM order_items JOIN products USING (product_id) WHERE unit_price <> price',
    ),
  ).toBe(0);
  expect(await number(link, 'SELECT count(*) FROM products WHERE cost >= price')).toBe(0);
});

test('orders have one to five items, three on average', async () => {
  const rows = await link.query(
    'SELECT n::int, count(*)::int AS orders FROM (SELECT count(*) n FROM order_items GROUP BY order_id) s GROUP BY n ORDER BY n',
  );
  expect(rows.map(row => row.n)).toEqual([1, 2, 3, 4, 5]);
  expect(shop.rows.order_items).toBe(3 * shop.rows.orders);
});

describe('time', () => {
  test('orders reach from five years ago to the midnight of the day of loading', async () => {
    const [row] = await link.query(
      `SELECT min(order_date)::date::text AS first, max(order_date)::date::text AS last,
              ($1::date - 1826)::text AS start, ($1::date - 1)::text AS yesterday FROM orders`,
      [shop.loadedOn],
    );
    expect(row?.first).toBe(row?.start);
    expect(row?.last).toBe(row?.yesterday);
  });

  test('orders and items lie in the order in which they came in', async () => {
    const rows = await link.query(
      `SELECT tablename || '.' || attname AS column, correlation FROM pg_stats
       WHERE (tablename, attname) IN (('orders', 'order_date'), ('orders', 'order_id'), ('order_items', 'order_id'), ('order_items', 'item_id'))`,
    );
    expect(rows).toHaveLength(4);
    for (const row of rows) expect(Number(row.correlation), String(row.column)).toBeGreaterThanOrEqual(0.99);
    expect(
      await number(
        link,
        'SELECT count(*) FROM (SELECT order_date < lag(order_date) OVER (ORDER BY order_id) AS back FROM orders) s WHERE back',
      ),
    ).toBe(0);
    expect(
      await number(
        link,
        'SELECT count(*) FROM (SELECT order_id < lag(order_id) OVER (ORDER BY item_id) AS back FROM order_items) s WHERE back',
      ),
    ).toBe(0);
    expect(
      await number(
        link,
        'SELECT count(*) FROM (SELECT order_id < lag(order_id) OVER (ORDER BY ctid) AS back FROM orders) s WHERE back',
      ),
    ).toBe(0);
  });

  test('a customer’s first purchase is the first order, and was not cancelled', async () => {
    const wrong = await number(
      link,
      `
      SELECT count(*) FROM customers c LEFT JOIN (
        SELECT customer_id, min(order_date) AS any_order, min(order_date) FILTER (WHERE status <> 'cancelled') AS kept
        FROM orders GROUP BY customer_id) f USING (customer_id)
      WHERE (f.any_order = f.kept AND f.kept::date = c.first_purchase_date AND c.created_at <= c.first_purchase_date) IS NOT TRUE`,
    );
    expect(wrong).toBe(0);
  });

  test('customers keep coming: every one of the last 13 months has a cohort', async () => {
    expect(
      await number(
        link,
        `
      SELECT count(DISTINCT date_trunc('month', first_purchase_date)) FROM customers
      WHERE first_purchase_date >= date_trunc('month', '${shop.loadedOn}'::timestamp) - interval '13 months'
        AND first_purchase_date < date_trunc('month', '${shop.loadedOn}'::timestamp)`,
      ),
    ).toBe(13);
  });

  test('products were there before the first order', async () => {
    expect(
      await number(
        link,
        'SELECT count(*) FROM products WHERE created_at >= (SELECT min(order_date) FROM orders)',
      ),
    ).toBe(0);
  });
});

test('a quarter of the orders is cancelled, the rest pending, shipped or delivered', async () => {
  const rows = await link.query('SELECT status, count(*)::int AS n FROM orders GROUP BY 1');
  const share = Object.fromEntries(rows.map(row => [String(row.status), Number(row.n) / shop.rows.orders]));
  expect(Object.keys(share).sort()).toEqual(['cancelled', 'delivered', 'pending', 'shipped']);
  expect(share.cancelled).toBeGreaterThan(0.24);
  expect(share.cancelled).toBeLessThan(0.26);
  expect(share.delivered).toBeGreaterThan(0.6);
  // What is on its way was ordered lately, mostly.
  const median = (status: string) =>
    number(
      link,
      `SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY '${shop.loadedOn}'::date - order_date::date) FROM orders WHERE status = '${status}'`,
    );
  expect(await median('delivered')).toBeGreaterThan(365);
  expect(
    await number(
      link,
      `SELECT count(*) FROM orders WHERE status = 'delivered' AND order_date > '${shop.loadedOn}'::date - 3`,
    ),
  ).toBe(0);
});

describe('skew', () => {
  /** Share of the rows that the busiest `fraction` of the ids has. */
  const top = (table: string, id: string, ids: number, fraction: number): Promise<number> =>
    number(
      link,
      `
      SELECT sum(n) FILTER (WHERE place <= ${ids * fraction}) / sum(n)
      FROM (SELECT count(*) AS n, row_number() OVER (ORDER BY count(*) DESC) AS place FROM ${table} GROUP BY ${id}) s`,
    );

  test('a few customers buy most', async () => {
    expect(await top('orders', 'customer_id', shop.rows.customers, 0.01)).toBeGreaterThan(0.1);
    expect(await top('orders', 'customer_id', shop.rows.customers, 0.1)).toBeGreaterThan(0.4);
    expect(await number(link, 'SELECT count(DISTINCT customer_id) FROM orders')).toBe(shop.rows.customers);
  });

  test('a few products sell most, and all sell', async () => {
    expect(await top('order_items', 'product_id', shop.rows.products, 0.1)).toBeGreaterThan(0.3);
    expect(await number(link, 'SELECT count(DISTINCT product_id) FROM order_items')).toBe(shop.rows.products);
  });
});

describe('ready for index-only scans', () => {
  test('every table is analyzed and all-visible', async () => {
    expect(await unreadyTables(link)).toEqual([]);
    const rows = await link.query(
      `SELECT relname, relpages, relallvisible, reltuples FROM pg_class WHERE relname = ANY($1)`,
      [[...TABLES]],
    );
    for (const table of TABLES) {
      const row = rows.find(({ relname }) => relname === table);
      expect(row?.relallvisible, table).toBe(row?.relpages);
      expect(Number(row?.reltuples), table).toBe(shop.rows[table]);
    }
  });

  test('a table that was written to is found out', async () => {
    await link.query('BEGIN');
    await link.query('CREATE TABLE spoiled AS SELECT * FROM categories');
    await link.query('DROP TABLE inventory CASCADE');
    await link.query('ALTER TABLE spoiled RENAME TO inventory');
    expect(await unreadyTables(link)).toEqual(['inventory']);
    await link.query('ROLLBACK');
  });
});

/** The six queries give the right answers, with nothing on and with every proposal on. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DemoShop } from '../../../src/database/demo/demo.ts';
import { splitStatements } from '../../../src/database/demo/script.ts';
import type { Link } from '../../../src/database/link.ts';
import {
  categoryPerformance,
  cohorts,
  dailyRevenue,
  lifetimeValues,
  readRaw,
  topProducts,
  turnover,
} from './answers.ts';
import { connectShop, dropShops, ensureTestShop, number, QUERIES, SCHEMA } from './fixture.ts';

const SEED = 931;
const PROPOSALS = readdirSync(join(SCHEMA, 'proposals')).sort();
let shop: DemoShop;
let link: Link;
let raw: Awaited<ReturnType<typeof readRaw>>;

beforeAll(async () => {
  shop = await ensureTestShop({ seed: SEED, scale: 0.001 });
  link = await connectShop(shop);
  await link.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  raw = await readRaw(link);
});
afterAll(async () => {
  await link.query('ROLLBACK');
  await link.end();
  await dropShops(SEED);
});

const sqlOf = (file: string): string => {
  const [sql = '', ...more] = splitStatements(readFileSync(join(QUERIES, file), 'utf8'));
  expect(more, file).toEqual([]);
  return sql;
};

/** Dates as text, numeric(…,2) as cents: what `answers.ts` speaks. */
async function answer(
  file: string,
  convert: (row: Record<string, unknown>) => unknown[],
): Promise<unknown[][]> {
  return (await link.query(`SELECT to_jsonb(q) AS row, 1 AS n FROM (${sqlOf(file)}) AS q`)).map(({ row }) =>
    convert(row as Record<string, unknown>),
  );
}
const hundredfold = (value: unknown): number | null =>
  value === null ? null : Math.round(Number(value) * 100);

async function expectRightAnswers(): Promise<void> {
  const daily = await answer('01-daily-revenue-trend.sql', r => [
    r.day,
    hundredfold(r.revenue),
    r.order_count,
  ]);
  expect(daily).toEqual(dailyRevenue(raw));
  expect(daily).toHaveLength(90);

  const best = await answer('02-top-products-by-category.sql', r => [
    r.category,
    r.product_id,
    r.product,
    r.units_sold,
    hundredfold(r.revenue),
  ]);
  expect(best).toEqual(topProducts(raw));
  expect(new Set(best.map(([category]) => category)).size).toBe(50);

  const cohort = await answer('03-customer-cohort-analysis.sql', r => [
    r.cohort_month,
    r.months_since,
    r.customers,
  ]);
  expect(cohort).toEqual(cohorts(raw));
  expect(new Set(cohort.map(([, months]) => months)).size).toBeGreaterThanOrEqual(13);

  const moved = await answer('04-inventory-turnover.sql', r => [
    r.product_id,
    r.sku,
    r.name,
    r.stock,
    r.units_sold,
    r.turnover === null ? null : Math.round(Number(r.turnover) * 10_000),
  ]);
  expect(moved).toEqual(turnover(raw));
  expect(moved).toHaveLength(100);

  const growth = await answer('06-category-performance.sql', r => [
    r.category,
    r.month,
    hundredfold(r.revenue),
    hundredfold(r.revenue_before),
    hundredfold(r.growth_percent),
  ]);
  expect(growth).toEqual(categoryPerformance(raw));
  expect(new Set(growth.map(([, month]) => month)).size).toBe(12);

  await expectLifetimeValues('05-customer-lifetime-value.sql');
}

async function expectLifetimeValues(file: string): Promise<void> {
  const values = await answer(file, r => [
    r.customer_id,
    hundredfold(r.total_spent),
    r.order_count,
    r.percentile,
  ]);
  // Among equals NTILE may put either into the higher bucket, so they may come in either order.
  const sorted = (rows: unknown[][]) =>
    [...rows].sort((a, b) => Number(b[1]) - Number(a[1]) || Number(a[0]) - Number(b[0]));
  expect(sorted(values).map(row => row.slice(0, 3))).toEqual(lifetimeValues(raw));
  expect(values.map(row => row[1])).toEqual(lifetimeValues(raw).map(row => row[1]));
  // 2000 customers in 100 buckets: 20 each, the highest first.
  expect(values.map(row => row[3])).toEqual(values.map((_, place) => 100 - Math.floor(place / 20)));
}

test('there are six queries, and a rewrite of one', () => {
  expect(readdirSync(QUERIES).sort()).toEqual([
    '01-daily-revenue-trend.sql',
    '02-top-products-by-category.sql',
    '03-customer-cohort-analysis.sql',
    '04-inventory-turnover.sql',
    '05-customer-lifetime-value.sql',
    '05-customer-lifetime-value@customer_lifetime_stats.sql',
    '06-category-performance.sql',
  ]);
});

test('with nothing on, they agree with answers worked out by hand', async () => {
  await expectRightAnswers();
});

describe('with every proposal on', () => {
  beforeAll(async () => {
    for (const file of PROPOSALS) {
      for (const sql of splitStatements(readFileSync(join(SCHEMA, 'proposals', file), 'utf8')))
        await link.query(sql);
    }
  });

  test('each file makes what it is named after, and nothing but indexes and one view', async () => {
    const rows = await link.query(`
      SELECT relname AS name, CASE relkind WHEN 'i' THEN pg_get_indexdef(oid) ELSE 'view' END AS definition FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('i', 'm') AND relname !~ '_pkey$' ORDER BY 1`);
    expect(
      rows.map(row => [row.name, String(row.definition).replace(/^CREATE INDEX \S+ ON public\./, '')]),
    ).toEqual([
      ['customer_lifetime_stats', 'view'],
      [
        'idx_customer_lifetime_stats_percentile',
        'customer_lifetime_stats USING btree (percentile DESC, total_spent DESC) INCLUDE (customer_id, order_count)',
      ],
      ['idx_inventory_product', 'inventory USING btree (product_id) INCLUDE (quantity)'],
      [
        'idx_order_items_product',
        'order_items USING btree (product_id) INCLUDE (order_id, quantity, unit_price)',
      ],
      [
        'idx_orders_customer_status',
        "orders USING btree (customer_id, status) INCLUDE (order_id, total_amount, order_date) WHERE ((status)::text <> 'cancelled'::text)",
      ],
      [
        'idx_orders_date_status_amount',
        "orders USING btree (order_date, status) INCLUDE (total_amount, order_id) WHERE ((status)::text <> 'cancelled'::text)",
      ],
    ]);
    expect(PROPOSALS.map(file => file.replace('.sql', ''))).toEqual(
      rows.map(row => row.name).filter(name => name !== 'idx_customer_lifetime_stats_percentile'),
    );
  });

  test('the answers are the same', async () => {
    await expectRightAnswers();
  });

  test('the rewrite reads the view and agrees with the query', async () => {
    await expectLifetimeValues('05-customer-lifetime-value@customer_lifetime_stats.sql');
    const plan = JSON.stringify(
      await link.query(
        `EXPLAIN (FORMAT JSON) ${sqlOf('05-customer-lifetime-value@customer_lifetime_stats.sql')}`,
      ),
    );
    expect(plan).toContain('"Relation Name":"customer_lifetime_stats"');
    expect(plan).not.toContain('"Relation Name":"orders"');
  });

  test('the planner can use what a query was proposed for', async () => {
    await link.query('SAVEPOINT planning');
    await link.query('SET LOCAL enable_seqscan = off');
    const planOf = async (file: string) =>
      JSON.stringify(await link.query(`EXPLAIN (FORMAT JSON) ${sqlOf(file)}`));
    expect(await planOf('01-daily-revenue-trend.sql')).toContain('idx_orders_date_status_amount');
    expect(await planOf('02-top-products-by-category.sql')).toContain('idx_order_items_product');
    expect(await planOf('04-inventory-turnover.sql')).toContain('idx_inventory_product');
    expect(await planOf('05-customer-lifetime-value.sql')).toContain('idx_orders_customer_status');
    await link.query('ROLLBACK TO planning');
  });

  test('the view has a row a customer', async () => {
    expect(await number(link, 'SELECT count(*) FROM customer_lifetime_stats')).toBe(shop.rows.customers);
  });
});

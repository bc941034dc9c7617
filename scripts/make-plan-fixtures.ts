/**
 * Writes test/fixtures/plans/*.json from a real server: one estimated and one analyzed plan for every rule of the
 * plan model, and pairs of plans of one query. Connects by the PG* environment variables; everything happens in a schema that is dropped again.
 *   npx tsx scripts/make-plan-fixtures.ts
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import pg from 'pg';

interface Case {
  readonly name: string;
  readonly sql: string;
  /** Planner settings that lead to the wanted plan. */
  readonly set?: Readonly<Record<string, string>>;
  /** Added to `ANALYZE, BUFFERS, SETTINGS`. */
  readonly options?: string;
}

const SERIAL = { max_parallel_workers_per_gather: '0' };
const PARALLEL = {
  max_parallel_workers_per_gather: '2',
  parallel_setup_cost: '0',
  parallel_tuple_cost: '0',
  min_parallel_table_scan_size: '0',
  min_parallel_index_scan_size: '0',
};

const SCHEMA = 'plan_fixtures';

const SETUP = `
  CREATE SCHEMA ${SCHEMA};
  SET search_path = ${SCHEMA};
  CREATE TABLE customers (customer_id int PRIMARY KEY, country text, email text);
  INSERT INTO customers SELECT i, 'c' || i % 20, 'user' || i || '@example.com' FROM generate_series(1, 5000) i;
  CREATE TABLE orders (order_id int PRIMARY KEY, customer_id int, ordered_on date, status text, amount numeric(12,2));
  INSERT INTO orders SELECT i, 1 + i * 7919 % 5000, date '2024-01-01' + i / 200,
    (array['cancelled','pending','shipped','delivered'])[1 + i % 4], i % 500 FROM generate_series(1, 100000) i;
  CREATE INDEX orders_customer ON orders (customer_id);
  CREATE INDEX orders_date ON orders (ordered_on) INCLUDE (amount);
  CREATE INDEX orders_amount ON orders (amount);
  CREATE TABLE events (at date, kind int) PARTITION BY RANGE (at);
  CREATE TABLE events_2023 PARTITION OF events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
  CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
  CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
  CREATE INDEX ON events (at);
  CREATE MATERIALIZED VIEW customer_totals AS SELECT customer_id, sum(amount) AS spent,
    ntile(100) OVER (ORDER BY sum(amount)) AS percentile FROM orders GROUP BY customer_id;
  CREATE INDEX customer_totals_spent ON customer_totals (spent DESC) INCLUDE (customer_id, percentile);
  INSERT INTO events SELECT date '2023-01-01' + i % 1000, i % 10 FROM generate_series(1, 6000) i;
`;

const CASES: readonly Case[] = [
  {
    name: 'seq-scan',
    sql: `SELECT * FROM orders WHERE status <> 'cancelled' AND amount > 400`,
    set: { ...SERIAL, enable_bitmapscan: 'off', enable_indexscan: 'off' },
  },
  {
    name: 'parallel-verbose',
    sql: `SELECT status, count(*), sum(amount) FROM orders GROUP BY status ORDER BY status`,
    set: PARALLEL,
    options: 'VERBOSE',
  },
  {
    name: 'parallel',
    sql: `SELECT status, count(*), sum(amount) FROM orders GROUP BY status ORDER BY status`,
    set: PARALLEL,
  },
  {
    name: 'parallel-hash-join',
    sql: `SELECT count(*) FROM orders o JOIN customers c USING (customer_id) WHERE c.country = 'c3' AND o.amount > 10`,
    set: { ...PARALLEL, enable_nestloop: 'off', enable_mergejoin: 'off' },
    options: 'VERBOSE',
  },
  {
    name: 'index-only-scan',
    sql: `SELECT ordered_on, sum(amount) FROM orders WHERE ordered_on >= '2025-04-01' GROUP BY 1`,
    set: SERIAL,
  },
  {
    name: 'index-scan-backward',
    sql: `SELECT * FROM orders ORDER BY order_id DESC LIMIT 5`,
    set: SERIAL,
  },
  {
    name: 'bitmap-and',
    sql: `SELECT * FROM orders WHERE customer_id BETWEEN 10 AND 200 AND amount BETWEEN 100 AND 110`,
    set: { ...SERIAL, enable_indexscan: 'off', enable_seqscan: 'off' },
  },
  {
    name: 'bitmap-or',
    sql: `SELECT * FROM orders WHERE customer_id = 42 OR amount = 499`,
    set: { ...SERIAL, enable_seqscan: 'off' },
  },
  {
    name: 'bitmap-lossy',
    sql: `SELECT count(*) FROM orders WHERE amount BETWEEN 100 AND 300 AND status = 'pending'`,
    set: { ...SERIAL, work_mem: '64kB', enable_seqscan: 'off', enable_indexscan: 'off' },
  },
  {
    name: 'nested-loop-memoize',
    sql: `SELECT o.order_id, c.country FROM orders o JOIN customers c USING (customer_id) WHERE o.amount < 50`,
    set: { ...SERIAL, enable_hashjoin: 'off', enable_mergejoin: 'off' },
  },
  {
    name: 'hash-join-batches',
    sql: `SELECT count(*) FROM orders a JOIN orders b USING (order_id)`,
    set: { ...SERIAL, work_mem: '256kB', enable_mergejoin: 'off', enable_nestloop: 'off' },
  },
  {
    name: 'merge-join',
    sql: `SELECT count(b.amount) FROM customers a LEFT JOIN orders b USING (customer_id)`,
    set: { ...SERIAL, enable_hashjoin: 'off', enable_nestloop: 'off' },
  },
  {
    name: 'sort-on-disk',
    sql: `SELECT * FROM orders ORDER BY amount DESC, order_id`,
    set: { ...SERIAL, work_mem: '256kB', enable_incremental_sort: 'off', enable_indexscan: 'off' },
  },
  {
    name: 'hash-aggregate-on-disk',
    sql: `SELECT order_id % 60000, count(*) FROM orders GROUP BY 1`,
    set: { ...SERIAL, work_mem: '64kB', enable_sort: 'off' },
  },
  {
    name: 'cte-twice',
    sql: `WITH totals AS MATERIALIZED (SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id)
      SELECT a.customer_id FROM totals a JOIN totals b ON a.customer_id = b.customer_id + 1 WHERE a.total > b.total`,
    set: SERIAL,
  },
  {
    name: 'init-plan',
    sql: `SELECT count(*) FROM orders WHERE amount > (SELECT avg(amount) FROM orders)`,
    set: SERIAL,
  },
  {
    name: 'init-plan-in-target-list',
    sql: `SELECT (SELECT max(country) FROM customers), count(*) FROM orders`,
    set: SERIAL,
  },
  {
    name: 'init-plan-above-gather',
    sql: `SELECT count(*) FROM orders WHERE amount > (SELECT avg(length(email)) FROM customers)`,
    set: PARALLEL,
    options: 'VERBOSE',
  },
  {
    name: 'sub-plan',
    sql: `SELECT customer_id, (SELECT count(*) FROM orders o WHERE o.customer_id = c.customer_id) FROM customers c
      WHERE country = 'c1'`,
    set: SERIAL,
  },
  {
    name: 'hashed-sub-plan',
    sql: `SELECT count(*) FROM orders WHERE customer_id NOT IN (SELECT customer_id FROM customers WHERE country = 'c1')`,
    set: SERIAL,
  },
  {
    name: 'append-pruned',
    sql: `SELECT count(*) FROM events WHERE at >= (SELECT date '2025-06-01')`,
    set: SERIAL,
  },
  {
    name: 'never-executed',
    sql: `SELECT * FROM customers c JOIN orders o USING (customer_id) WHERE c.country = 'nowhere'`,
    set: { ...SERIAL, enable_hashjoin: 'off', enable_mergejoin: 'off' },
  },
  {
    name: 'window-agg',
    sql: `SELECT customer_id, ntile(100) OVER (ORDER BY sum(amount)) FROM orders GROUP BY customer_id`,
    set: SERIAL,
  },
  {
    name: 'lateral-limit',
    sql: `SELECT c.country, top.* FROM (SELECT DISTINCT country FROM customers) c CROSS JOIN LATERAL (
        SELECT o.order_id, o.amount FROM orders o JOIN customers k USING (customer_id)
        WHERE k.country = c.country ORDER BY o.amount DESC, o.order_id LIMIT 3) top`,
    set: SERIAL,
  },
  {
    name: 'incremental-sort',
    sql: `SELECT customer_id, amount FROM orders ORDER BY customer_id, amount LIMIT 500`,
    set: SERIAL,
  },
  {
    name: 'recursive-cte',
    sql: `WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT sum(i) FROM n`,
    set: SERIAL,
  },
  {
    name: 'set-operation',
    sql: `SELECT customer_id FROM customers EXCEPT SELECT customer_id FROM orders WHERE amount > 100`,
    set: SERIAL,
  },
  {
    name: 'function-and-values',
    sql: `SELECT * FROM generate_series(1, 10) AS g(i) JOIN (VALUES (1, 'a'), (2, 'b')) AS v(i, t) USING (i)`,
    set: SERIAL,
  },
  {
    name: 'timing-off',
    sql: `SELECT count(*) FROM orders WHERE amount > (SELECT avg(amount) FROM orders)`,
    set: SERIAL,
    options: 'TIMING OFF',
  },
];

interface Pair {
  readonly name: string;
  readonly before: Omit<Case, 'name'>;
  readonly after: Omit<Case, 'name'>;
}

const RECENT = `SELECT ordered_on, sum(amount) FROM orders WHERE ordered_on >= '2025-04-01' GROUP BY 1 ORDER BY 1`;
const BY_COUNTRY = `SELECT country, sum(amount) FROM orders o JOIN customers c USING (customer_id) GROUP BY 1 ORDER BY 2 DESC`;
const HASH = { ...SERIAL, enable_nestloop: 'off', enable_mergejoin: 'off' };
const AS_WRITTEN = { ...HASH, join_collapse_limit: '1' };

/** The same query planned in two ways. */
const PAIRS: readonly Pair[] = [
  {
    name: 'index-instead-of-sequential',
    before: { sql: RECENT, set: { ...SERIAL, enable_indexscan: 'off', enable_bitmapscan: 'off' } },
    after: { sql: RECENT, set: SERIAL },
  },
  {
    name: 'gather-appears',
    before: { sql: BY_COUNTRY, set: HASH },
    after: { sql: BY_COUNTRY, set: { ...HASH, ...PARALLEL } },
  },
  {
    name: 'nested-loop-instead-of-hash',
    before: { sql: `${BY_COUNTRY} LIMIT 3`, set: HASH },
    after: {
      sql: `${BY_COUNTRY} LIMIT 3`,
      set: { ...SERIAL, enable_hashjoin: 'off', enable_mergejoin: 'off' },
    },
  },
  {
    name: 'joins-reordered',
    before: {
      sql: `SELECT count(*) FROM (orders o JOIN customers c USING (customer_id)) JOIN events e ON e.kind = o.order_id`,
      set: AS_WRITTEN,
    },
    after: {
      sql: `SELECT count(*) FROM (orders o JOIN events e ON e.kind = o.order_id) JOIN customers c USING (customer_id)`,
      set: AS_WRITTEN,
    },
  },
  {
    name: 'view-instead-of-tables',
    before: {
      sql: `SELECT customer_id, sum(amount) AS spent, ntile(100) OVER (ORDER BY sum(amount)) FROM orders
        GROUP BY customer_id ORDER BY spent DESC`,
      set: SERIAL,
    },
    after: {
      sql: `SELECT customer_id, spent, percentile FROM customer_totals ORDER BY spent DESC`,
      set: SERIAL,
    },
  },
  {
    name: 'sort-gone',
    before: {
      sql: `SELECT * FROM orders ORDER BY amount LIMIT 10`,
      set: { ...SERIAL, enable_indexscan: 'off' },
    },
    after: { sql: `SELECT * FROM orders ORDER BY amount LIMIT 10`, set: SERIAL },
  },
];

async function main(): Promise<void> {
  const folder = new URL('../test/fixtures/plans/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  const client = new pg.Client();
  await client.connect();
  try {
    await client.query(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`);
    await client.query(SETUP);
    await client.query('VACUUM ANALYZE');
    const explain = async (file: string, { sql, set = {} }: Omit<Case, 'name'>, what: string) => {
      await client.query('BEGIN READ ONLY');
      await client.query('SET LOCAL jit = off');
      for (const [key, value] of Object.entries(set)) {
        await client.query('SELECT set_config($1, $2, true)', [key, value]);
      }
      const { rows } = await client.query(`EXPLAIN (FORMAT JSON, SETTINGS${what}) ${sql}`);
      await client.query('ROLLBACK');
      writeFileSync(new URL(`${file}.json`, folder), `${JSON.stringify(rows[0]['QUERY PLAN'], null, 1)}\n`);
    };
    for (const one of CASES) {
      await explain(`${one.name}.estimated`, one, one.options === 'VERBOSE' ? ', VERBOSE' : '');
      await explain(
        `${one.name}.analyzed`,
        one,
        `, ANALYZE, BUFFERS${one.options ? `, ${one.options}` : ''}`,
      );
    }
    for (const { name, before, after } of PAIRS) {
      await explain(`${name}.before`, before, '');
      await explain(`${name}.after`, after, '');
    }
    await client.query(`DROP SCHEMA ${SCHEMA} CASCADE`);
  } finally {
    await client.end();
  }
}

await main();

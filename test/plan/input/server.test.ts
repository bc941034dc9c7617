/** A real PostgreSQL 15 prints each plan in both formats: what the text gives must be what the JSON gives. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPlans } from '../../../src/plan/input/read.ts';
import { parsePlan } from '../../../src/plan/parse.ts';
import { type TestDatabase, testDatabase } from '../../helpers/database.ts';
import { described, estimates } from './described.ts';

const TABLES = [
  `CREATE TABLE orders AS SELECT i AS id, i % 100 AS customer, i % 7 AS status, 'x' || i AS "Note"
     FROM generate_series(1, 20000) i`,
  'CREATE TABLE customers AS SELECT i AS id, i % 10 AS region FROM generate_series(1, 100) i',
  'CREATE UNIQUE INDEX ON customers (id)',
  'CREATE INDEX "orders by customer" ON orders (customer)',
  'CREATE INDEX ON orders (id, status)',
  'CREATE TABLE parts (id int, n int) PARTITION BY RANGE (id)',
  'CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100)',
  'CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (100) TO (200)',
  'CREATE TABLE "Odd ""Table""" (a int PRIMARY KEY, "B c" text)',
  'INSERT INTO parts SELECT i, i FROM generate_series(0, 199) i',
  'ANALYZE',
];

const QUERIES = [
  'SELECT 1',
  'SELECT * FROM orders WHERE customer = 3',
  'SELECT * FROM orders o ORDER BY id DESC LIMIT 3',
  'SELECT id FROM orders WHERE id < 50',
  'SELECT * FROM orders WHERE customer = 3 OR id = 7',
  'SELECT * FROM orders o JOIN customers c ON c.id = o.customer WHERE c.region = 1',
  'SELECT * FROM orders o LEFT JOIN customers c ON c.id = o.customer AND c.region = 1',
  'SELECT * FROM customers c WHERE NOT EXISTS (SELECT FROM orders o WHERE o.customer = c.id)',
  'SELECT * FROM customers c WHERE id IN (SELECT customer FROM orders WHERE status = 1)',
  'SELECT customer, count(*) FROM orders GROUP BY customer HAVING count(*) > 5',
  'SELECT customer, status, count(*) FROM orders GROUP BY ROLLUP (customer, status)',
  'SELECT customer, status, count(*) FROM orders GROUP BY CUBE (customer, status)',
  'SELECT customer, status, count(*) FROM orders GROUP BY GROUPING SETS ((customer), (status), ())',
  'SELECT DISTINCT status FROM orders ORDER BY status',
  'SELECT *, row_number() OVER (PARTITION BY customer ORDER BY id) FROM orders',
  'WITH c AS MATERIALIZED (SELECT * FROM customers) SELECT * FROM c a JOIN c b USING (id)',
  'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 9) SELECT * FROM r',
  'SELECT *, (SELECT max(o.id) FROM orders o WHERE o.customer = c.id) FROM customers c',
  'SELECT * FROM customers WHERE id > (SELECT avg(id) FROM customers) AND id NOT IN (SELECT status FROM orders)',
  'SELECT id FROM customers UNION SELECT customer FROM orders',
  'SELECT id FROM customers EXCEPT ALL SELECT customer FROM orders',
  'SELECT * FROM parts WHERE n > 3 ORDER BY id',
  'SELECT * FROM parts WHERE id = 5',
  `SELECT * FROM "Odd ""Table""" AS "T t" WHERE "B c" <> 'it''s, (odd' ORDER BY a`,
  `SELECT * FROM "Odd ""Table""" WHERE "B c" = E'two\nlines: (one' OR "B c" = 'a -> b'`,
  'SELECT * FROM generate_series(1, 3) g, (VALUES (1), (2)) AS v (x), unnest(ARRAY[1, 2]) WITH ORDINALITY',
  `SELECT * FROM orders TABLESAMPLE bernoulli (10) REPEATABLE (3) WHERE ctid = '(0,1)'`,
  `SELECT * FROM orders WHERE ctid > '(0,1)' AND ctid < '(1,1)'`,
  'SELECT * FROM orders FOR UPDATE LIMIT 1',
  'SELECT count(*) FROM orders CROSS JOIN LATERAL (SELECT FROM customers c WHERE c.id = orders.customer) x',
  'INSERT INTO customers SELECT id, 1 FROM orders WHERE id > 1000000 ON CONFLICT (id) DO UPDATE SET region = 2',
  'UPDATE parts SET n = 1 FROM customers c WHERE c.id = parts.id',
  'DELETE FROM orders USING customers c WHERE c.id = orders.customer AND c.region = 99',
  'MERGE INTO customers c USING orders o ON c.id = o.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN DO NOTHING',
];

const SETTINGS = [
  [],
  ['SET LOCAL enable_hashjoin = off', 'SET LOCAL enable_hashagg = off', 'SET LOCAL enable_seqscan = off'],
  ['SET LOCAL enable_sort = off', 'SET LOCAL enable_mergejoin = off', 'SET LOCAL enable_nestloop = off'],
  [
    'SET LOCAL parallel_setup_cost = 0',
    'SET LOCAL parallel_tuple_cost = 0',
    'SET LOCAL min_parallel_table_scan_size = 0',
  ],
];

const OPTIONS = [
  'COSTS',
  'COSTS OFF',
  'VERBOSE, SETTINGS',
  'ANALYZE, BUFFERS, WAL',
  'ANALYZE, VERBOSE, TIMING OFF',
];

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('plan_input', TABLES);
});
afterAll(async () => {
  await database.drop();
});

describe('a real server', () => {
  it.each(QUERIES)('%s', async query => {
    const { link } = database;
    for (const settings of SETTINGS) {
      for (const options of OPTIONS) {
        const explained = async (format: string) => {
          await link.query('BEGIN');
          for (const setting of settings) await link.query(setting);
          const rows = await link.query(`EXPLAIN (${options}, FORMAT ${format}) ${query}`);
          await link.query('ROLLBACK');
          const lines = rows.map(row => row['QUERY PLAN']);
          return lines.every(line => typeof line === 'string') ? lines.join('\n') : JSON.stringify(lines[0]);
        };
        const text = await explained('TEXT');
        const plan = parsePlan(readPlans(text, '-')[0]);
        const json = parsePlan(readPlans(await explained('JSON'), '-')[0]);
        expect(described(plan), `${options}\n${text}`).toEqual(described(json));
        // What is executed leaves dead rows, and so a longer table for the second one to plan with.
        if (!(options.startsWith('ANALYZE') && /^(INSERT|UPDATE|DELETE|MERGE)/.test(query)))
          expect(estimates(plan)).toEqual(estimates(json));
        expect(plan.fingerprint, `${options}\n${text}`).toBe(json.fingerprint);
        expect(plan.settings).toEqual(json.settings);
      }
    }
  });
});

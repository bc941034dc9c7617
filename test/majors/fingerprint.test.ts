/** One plan has one fingerprint: every major prints each plan in every format, with and without VERBOSE, COSTS and ANALYZE. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Link } from '../../src/database/link.ts';
import { readPlans } from '../../src/plan/input/read.ts';
import { parsePlan } from '../../src/plan/parse.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { programsOf, tried } from '../helpers/majors.ts';
import { type OwnServer, startOwnServer } from '../helpers/ownServer.ts';

const TABLES = [
  `CREATE TABLE orders AS SELECT i AS id, i % 100 AS customer, i % 7 AS status, 'x' || i AS "Note", i::numeric AS amount
     FROM generate_series(1, 5000) i`,
  'CREATE TABLE customers AS SELECT i AS id, i % 10 AS region, md5(i::text) AS email FROM generate_series(1, 500) i',
  'CREATE UNIQUE INDEX ON customers (id)',
  'CREATE INDEX customers_region ON customers (region)',
  'CREATE INDEX customers_email ON customers (lower(email))',
  'CREATE INDEX "orders by customer" ON orders (customer)',
  'CREATE INDEX orders_status ON orders (status)',
  'CREATE INDEX ON orders (id, status)',
  'CREATE TABLE parts (id int, n int) PARTITION BY RANGE (id)',
  'CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100)',
  'CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (100) TO (200)',
  'CREATE INDEX ON parts (id)',
  'INSERT INTO parts SELECT i, i FROM generate_series(0, 199) i',
  'CREATE SCHEMA "Other one"',
  'CREATE TABLE "Other one"."Odd ""Table""" (a int PRIMARY KEY, "B c" text, "user" int)',
  'CREATE TABLE "user" (id int PRIMARY KEY, "select" int)',
  'INSERT INTO "user" SELECT i, i % 9 FROM generate_series(1, 1000) i',
  'CREATE VIEW busy AS SELECT customer, count(*) AS n FROM orders GROUP BY customer',
  'CREATE FUNCTION series(n int) RETURNS SETOF int LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT generate_series(1, n); END $$',
  'CREATE EXTENSION postgres_fdw',
  'ANALYZE',
];

const QUERIES = [
  'SELECT 1',
  'SELECT * FROM orders WHERE customer = 3',
  'SELECT * FROM orders o ORDER BY id DESC LIMIT 3',
  'SELECT id FROM orders WHERE id < 50 AND status <> 3',
  'SELECT * FROM orders WHERE customer = 3 OR id = 7',
  'SELECT * FROM orders WHERE customer = 3 AND status = 2',
  'SELECT * FROM orders WHERE customer IN (3, 5, 7) ORDER BY "Note"',
  `SELECT * FROM customers WHERE lower(email) = 'a'`,
  'SELECT * FROM orders o JOIN customers c ON c.id = o.customer WHERE c.region = 1',
  'SELECT * FROM orders o JOIN customers c ON c.id = o.customer WHERE o.customer = 1 AND c.region IN (1, 2) AND o.status > 2',
  'SELECT * FROM orders o LEFT JOIN customers c ON c.id = o.customer AND c.region = 1',
  'SELECT * FROM orders o FULL JOIN customers c ON c.id = o.customer',
  'SELECT * FROM orders a JOIN orders b ON a.customer = b.id AND a.status > b.status WHERE b.customer = 7',
  'SELECT * FROM customers c WHERE NOT EXISTS (SELECT FROM orders o WHERE o.customer = c.id)',
  'SELECT * FROM customers c WHERE id IN (SELECT customer FROM orders WHERE status = 1)',
  'SELECT * FROM customers c WHERE EXISTS (SELECT FROM orders o WHERE o.id < c.region)',
  'SELECT customer, count(*) FROM orders GROUP BY customer HAVING count(*) > 5',
  'SELECT o.customer % 3, c.region + 1, sum(o.amount) FROM orders o JOIN customers c ON c.id = o.customer GROUP BY 1, 2 ORDER BY 3 DESC',
  'SELECT customer, status, count(*) FROM orders GROUP BY ROLLUP (customer, status)',
  'SELECT customer, status, count(*) FROM orders GROUP BY CUBE (customer, status)',
  'SELECT o.customer, c.region, count(*) FROM orders o JOIN customers c ON c.id = o.customer GROUP BY GROUPING SETS ((o.customer), (c.region), ())',
  'SELECT DISTINCT status FROM orders ORDER BY status',
  'SELECT DISTINCT ON (customer) * FROM orders ORDER BY customer, id DESC',
  'SELECT *, row_number() OVER (PARTITION BY customer ORDER BY id) FROM orders',
  'SELECT *, sum(amount) OVER w, rank() OVER (ORDER BY c.region, o.id DESC) FROM orders o JOIN customers c ON c.id = o.customer WINDOW w AS (PARTITION BY c.region ORDER BY o.id ROWS 3 PRECEDING)',
  'SELECT * FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM orders) x WHERE n <= 3',
  'WITH c AS MATERIALIZED (SELECT * FROM customers WHERE region > 2) SELECT * FROM c a JOIN c b USING (id) WHERE a.region < b.region',
  'WITH "C 1" AS MATERIALIZED (SELECT * FROM customers) SELECT * FROM "C 1" WHERE region = 1',
  'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 9) SELECT * FROM r',
  'WITH gone AS (DELETE FROM customers WHERE id < 3 RETURNING *) SELECT * FROM gone g JOIN orders o ON o.customer = g.id',
  'SELECT *, (SELECT max(o.id) FROM orders o WHERE o.customer = c.id) FROM customers c',
  'SELECT * FROM customers WHERE id > (SELECT avg(id) FROM customers) AND id NOT IN (SELECT status FROM orders)',
  'SELECT * FROM customers c WHERE region = ANY (ARRAY(SELECT status FROM orders o WHERE o.id = c.id))',
  'SELECT id FROM customers UNION SELECT customer FROM orders',
  'SELECT id FROM customers EXCEPT ALL SELECT customer FROM orders',
  'SELECT id FROM customers INTERSECT SELECT customer FROM orders ORDER BY 1',
  'SELECT id FROM customers UNION ALL SELECT customer FROM orders WHERE id > 30',
  'SELECT * FROM parts WHERE n > 3 ORDER BY id',
  'SELECT * FROM parts p WHERE id = 5',
  'SELECT * FROM parts p JOIN parts q USING (id) WHERE p.n + q.n > 7',
  'SELECT id, count(*) FROM parts GROUP BY id',
  `SELECT * FROM "Other one"."Odd ""Table""" AS "T t" WHERE "B c" <> 'it''s, (odd' AND "user" > 2 ORDER BY a`,
  `SELECT * FROM "Other one"."Odd ""Table""" WHERE "B c" = E'two\nlines: (one' OR "B c" = 'a.b -> b'`,
  `SELECT * FROM "Other one"."Odd ""Table""" x JOIN orders o ON o.id = x.a AND o."Note" = x."B c" WHERE x."user" = 3`,
  'SELECT * FROM "user" WHERE "select" = 3 AND id > 10',
  'SELECT * FROM "user" u JOIN "user" ON u.id = "user"."select" WHERE "user".id % 2 = 0',
  'SELECT * FROM busy WHERE n > 3 ORDER BY n',
  'SELECT b.* FROM busy b JOIN customers c ON c.id = b.customer WHERE b.n > c.region',
  'SELECT * FROM generate_series(1, 3) g, (VALUES (1), (2)) AS v (x), unnest(ARRAY[1, 2]) WITH ORDINALITY',
  'SELECT * FROM ROWS FROM (generate_series(1, 3), generate_series(2, 5))',
  'SELECT * FROM ROWS FROM (generate_series(1, 3), generate_series(2, 5)) AS r (a, b) WHERE a > b',
  'SELECT * FROM generate_series(1, 3)',
  'SELECT * FROM series(3) WHERE series > 1',
  'SELECT * FROM series(5) s JOIN pg_catalog.generate_series(1, 9) g ON g = s',
  'SELECT * FROM (VALUES (1, 2), (3, 4)) v (a, b) WHERE a < b',
  `SELECT * FROM xmltable('/r/x' PASSING ('<r><x a="1"/></r>'::xml) COLUMNS a int PATH '@a') WHERE a > 0`,
  `SELECT * FROM xmltable('/r/x' PASSING ('<r><x a="1"/></r>'::xml) COLUMNS a int PATH '@a') AS t JOIN orders o ON o.id = t.a`,
  'SELECT generate_series(1, status), id FROM orders WHERE customer = 4',
  `SELECT * FROM orders TABLESAMPLE bernoulli (10) REPEATABLE (3) WHERE ctid = '(0,1)'`,
  'SELECT * FROM orders o TABLESAMPLE system (10) JOIN customers c ON c.id = o.customer',
  `SELECT * FROM orders WHERE ctid > '(0,1)' AND ctid < '(1,1)'`,
  'SELECT * FROM orders o JOIN customers c ON c.ctid = o.ctid',
  'SELECT * FROM orders FOR UPDATE LIMIT 1',
  'SELECT count(*) FROM orders CROSS JOIN LATERAL (SELECT FROM customers c WHERE c.id = orders.customer AND orders.status > 1) x',
  'SELECT c.*, l.id FROM customers c, LATERAL (SELECT id FROM orders o WHERE o.customer = c.id ORDER BY id LIMIT 2) l WHERE c.region = 4',
  'SELECT o FROM orders o JOIN customers c ON c.id = o.customer WHERE o IS NOT NULL',
  'SELECT * FROM away WHERE n % 2 = 0 AND id < 10',
  'SELECT * FROM away a JOIN away b ON a.id = b.n AND random() < 2',
  'SELECT * FROM away a JOIN orders o ON o.id = a.id ORDER BY a.n',
  'SELECT n, count(*) FROM away GROUP BY n',
  'INSERT INTO customers SELECT id, 1 FROM orders WHERE id > 1000000 ON CONFLICT (id) DO UPDATE SET region = 2 WHERE customers.region > 3',
  'INSERT INTO customers VALUES (1000, 2), (1001, 3) ON CONFLICT DO NOTHING',
  'UPDATE orders SET status = 1 WHERE customer = 3',
  'UPDATE parts p SET n = 1 FROM customers c WHERE c.id = p.id',
  'DELETE FROM orders USING customers c WHERE c.id = orders.customer AND c.region = 99',
  'UPDATE away SET n = 3 WHERE id = 4',
];
const FROM_15 = [
  'MERGE INTO customers c USING orders o ON c.id = o.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN DO NOTHING',
];
const FROM_17 = [
  `SELECT * FROM json_table('[{"a": 1}]', '$[*]' COLUMNS (a int PATH '$.a')) WHERE a > 0`,
  `SELECT * FROM json_table('[{"a": 1}]', '$[*]' COLUMNS (a int PATH '$.a')) AS j JOIN orders o ON o.id = j.a`,
];

const SETTINGS = [
  [],
  ['enable_hashjoin = off', 'enable_hashagg = off', 'enable_seqscan = off', 'enable_indexscan = off'],
  [
    'enable_sort = off',
    'enable_mergejoin = off',
    'enable_nestloop = off',
    'enable_partitionwise_join = on',
    'enable_partitionwise_aggregate = on',
  ],
  [
    'enable_hashjoin = off',
    'enable_mergejoin = off',
    'enable_indexscan = off',
    'enable_indexonlyscan = off',
    'enable_material = off',
  ],
  [
    'parallel_setup_cost = 0',
    'parallel_tuple_cost = 0',
    'min_parallel_table_scan_size = 0',
    'min_parallel_index_scan_size = 0',
  ],
];

const FORMATS = ['TEXT', 'JSON'];
/** They carry what JSON carries: once is enough. */
const OTHER_FORMATS = ['XML', 'YAML'];
/** All in the latest version; the others as the server is, unless all majors are tried in full. */
const settingsFor = (major: number) =>
  major === 18 || process.env.PGOPT_TEST_MAJORS === 'all' ? SETTINGS : SETTINGS.slice(0, 1);

const OPTIONS = ['COSTS', 'COSTS OFF', 'VERBOSE', 'VERBOSE, COSTS OFF, SETTINGS'];
/** Only for queries that write nothing: dead rows would change the next plan. */
const EXECUTED = ['ANALYZE, BUFFERS', 'ANALYZE, VERBOSE, TIMING OFF'];

describe.each(tried([13, 14, 15, 16, 17, 18]))('PostgreSQL %i', major => {
  let server: OwnServer;
  let database: TestDatabase;
  beforeAll(async () => {
    server = await startOwnServer({
      programs: await programsOf(major),
      configuration: { autovacuum: 'off' },
    });
    database = await testDatabase('fingerprint', TABLES, server);
    const { host, database: name, user } = database.settings;
    for (const statement of [
      `CREATE SERVER loop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '${host}', port '${server.port}', dbname '${name}')`,
      `CREATE USER MAPPING FOR CURRENT_USER SERVER loop OPTIONS (user '${user}')`,
      `CREATE FOREIGN TABLE away (id int, n int) SERVER loop OPTIONS (table_name 'parts')`,
    ])
      await database.link.query(statement);
  }, 300_000);
  afterAll(async () => {
    await database?.drop();
    await server?.stop();
  });

  const queries = [...QUERIES, ...(major >= 15 ? FROM_15 : []), ...(major >= 17 ? FROM_17 : [])];
  it(`${queries.length} queries`, async () => {
    const found: string[] = [];
    for (const query of queries) {
      const seen = new Set<string>();
      for (const settings of settingsFor(major))
        found.push(...(await differences(database.link, query, settings, seen)));
    }
    expect(found).toEqual([]);
  }, 300_000);
});

/**
 * @param seen Plans of the query that were looked at already.
 * @returns What was explained with another fingerprint than the first.
 */
async function differences(
  link: Link,
  query: string,
  settings: readonly string[],
  seen: Set<string>,
): Promise<readonly string[]> {
  const writes = /^(INSERT|UPDATE|DELETE|MERGE)|\b(DELETE FROM|random|FOR UPDATE)\b/.test(query);
  await link.query('BEGIN');
  for (const setting of settings) await link.query(`SET LOCAL ${setting}`);
  const first = await explained(link, `EXPLAIN ${query}`);
  const { fingerprint } = parsePlan(readPlans(first, '-')[0]);
  const found: string[] = [];
  if (!seen.has(first)) {
    for (const options of [...OPTIONS, ...(writes ? [] : EXECUTED)]) {
      for (const format of options === 'VERBOSE' ? [...FORMATS, ...OTHER_FORMATS] : FORMATS) {
        const text = await explained(link, `EXPLAIN (${options}, FORMAT ${format}) ${query}`);
        if (parsePlan(readPlans(text, '-')[0]).fingerprint !== fingerprint)
          found.push(`${query}\n${options} ${format}\n${text}\nagainst\n${first}`);
      }
    }
  }
  seen.add(first);
  await link.query('ROLLBACK');
  return found;
}

async function explained(link: Link, statement: string): Promise<string> {
  const lines = (await link.query(statement)).map(row => row['QUERY PLAN']);
  return lines.every(line => typeof line === 'string') ? lines.join('\n') : JSON.stringify(lines[0]);
}

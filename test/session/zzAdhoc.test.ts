import { afterAll, beforeAll, it } from 'vitest';
import { testDatabase, type TestDatabase } from '../helpers/database.ts';
import { openSession } from '../../src/session/session.ts';
import { makeWorkload } from '../helpers/workload.ts';
import { UNUSED_SCHEMA } from '../helpers/unusedCases.ts';
let database: TestDatabase;
beforeAll(async () => { database = await testDatabase('adhoc', [...UNUSED_SCHEMA,
 'CREATE VIEW deep AS SELECT r.*, a.tenant FROM recent r JOIN account a ON a.id = r.a',
 'CREATE TABLE "Odd Table" ("Col A" int, "select" text)', `INSERT INTO "Odd Table" SELECT g, g::text FROM generate_series(1,20000) g`, 'ANALYZE "Odd Table"',
]); });
afterAll(() => database.drop());
const C: [string, string][] = [
 ['log (num)', 'SELECT * FROM log l JOIN account a ON a.id = l.num::int WHERE a.tenant = 5'],
 ['log (num)', 'SELECT * FROM log l JOIN doc d ON d.foo = l.num WHERE d.id < 10'],
 ['log (big)', 'SELECT * FROM log l JOIN doc d ON d.foo = l.big::text WHERE d.id < 10'],
 ['log (big)', 'SELECT * FROM account a WHERE EXISTS (SELECT 1 FROM log l WHERE l.big = a.id)'],
 ['log (big)', 'SELECT * FROM account a WHERE a.id NOT IN (SELECT big FROM log)'],
 ['log (big)', 'SELECT id FROM log WHERE big NOT IN (SELECT id FROM account WHERE tenant = 3)'],
 ['log (big)', 'SELECT s FROM log WHERE big = (SELECT max(tenant) FROM account) + 0.5'],
 ['log (big)', 'SELECT a, sum(s) FROM log GROUP BY a HAVING sum(big) > 100'],
 ['log (big)', 'WITH x AS MATERIALIZED (SELECT * FROM log) SELECT s FROM x WHERE big = 17'],
 ['log (big)', 'SELECT * FROM (SELECT *, row_number() OVER (ORDER BY id) AS rn FROM log) q WHERE big = 17'],
 ['log (d)', "SELECT id FROM log WHERE extract(year FROM d) = 2026"],
 ['log (d)', "SELECT id FROM log WHERE to_char(d, 'YYYY') = '2026'"],
 ['log (d)', "SELECT id FROM log WHERE d::date = '2026-10-29'"],
 ['log (d)', "SELECT id FROM log WHERE d > now() - interval '100 years'"],
 ['log (at)', "SELECT id FROM log WHERE at AT TIME ZONE 'UTC' > '2026-10-31'"],
 ['doc USING gin (j)', `SELECT id FROM doc WHERE j -> 'k' @> '17'`],
 ['doc USING gin (j jsonb_path_ops)', `SELECT id FROM doc WHERE j @? '$.k ? (@ == 17)'`],
 ['log (b, a)', 'SELECT id FROM log WHERE (a, b) > (990, 2)'],
 ['log (a, b)', 'SELECT s FROM log WHERE (a, b) > (2, 2)'],
 ['log (a)', 'SELECT s FROM log WHERE -a = 3'],
 ['doc (lower(foo))', `SELECT id FROM doc WHERE lower(foo) LIKE 'abc%'`],
 ['doc (lower(foo) text_pattern_ops)', `SELECT id FROM doc WHERE lower(foo) LIKE '%abc%'`],
 ['doc (foo)', `SELECT id FROM doc WHERE foo ~ '^abc'`],
 ['doc (foo)', `SELECT id FROM doc WHERE starts_with(foo, 'abc')`],
 ['doc (foo)', `SELECT id FROM doc WHERE left(foo, 3) = 'abc'`],
 ['doc USING gin (foo gin_trgm_ops)', `SELECT id FROM doc WHERE foo LIKE '%a%'`],
 ['doc USING gin (foo gin_trgm_ops)', `SELECT id FROM doc WHERE foo < 'a'`],
 [`doc USING gin (to_tsvector('english', foo))`, `SELECT id FROM doc WHERE to_tsvector(foo) @@ to_tsquery('x')`],
 [`doc USING gin (to_tsvector('english', foo))`, `SELECT id FROM doc WHERE foo @@ 'x'`],
 ['account (status)', `SELECT "eMail" FROM account WHERE status::text = 'pending'`],
 ['account (active)', `SELECT "eMail" FROM account WHERE active IS NOT FALSE`],
 ['account (active)', `SELECT "eMail" FROM account WHERE coalesce(active, false)`],
 ['account (active)', `SELECT "eMail" FROM account WHERE NOT active`],
 ['log (a, b)', 'SELECT * FROM log ORDER BY a DESC, b LIMIT 5'],
 ['doc (foo)', 'SELECT * FROM doc ORDER BY foo COLLATE "C" LIMIT 5'],
 ['log (a) WHERE big > 100', 'SELECT s FROM log WHERE a = 3 AND big > 50'],
 ['log (big) WHERE big > 100', 'SELECT s FROM log WHERE big = 50'],
 ['log (a) WHERE num IS NULL', 'SELECT s FROM log WHERE a = 3'],
 ['log (a) WHERE num IS NOT NULL', 'SELECT s FROM log WHERE a = 3'],
 [`account ("eMail") WHERE status = 'pending'`, `SELECT * FROM account WHERE status::text = 'pending' AND "eMail" = 'u401@x.org'`],
 ['part (v)', 'SELECT k FROM part_1 WHERE v <> 3'],
 ['part_1 (v)', 'SELECT k FROM part WHERE v <> 3'],
 ['part_2 (v)', 'SELECT k FROM part WHERE v = 3 AND k < 4000'],
 ['part_2 (v)', 'SELECT k FROM part_1 WHERE v = 3'],
 ['log (big)', 'SELECT x.id FROM log x JOIN log y ON x.big = y.id + 1 WHERE y.a = 3'],
 ['log (num)', "SELECT tenant FROM deep WHERE word = '17'"],
 ['log (big)', "SELECT tenant FROM deep WHERE big > 2"],
 ['"Odd Table" ("Col A")', 'SELECT "select" FROM "Odd Table" t WHERE "Col A"::text = \'5\''],
 ['"Odd Table" ("select")', 'SELECT "Col A" FROM "Odd Table" WHERE upper("select") = \'5\''],
 ['log (big)', 'TABLE log'],
 ['log (big)', 'SELECT log.* FROM ONLY public.log WHERE public.log.big::int = 17'],
 ['log (big)', 'SELECT log FROM log WHERE big + 1 = 17'],
 ['log (big)', 'SELECT ctid FROM log WHERE big + 1 = 17'],
 ['log (big)', 'SELECT * FROM log TABLESAMPLE SYSTEM (10) WHERE big = 17'],
 ['log (big)', 'SELECT id FROM log WHERE big + 1 = 17 UNION SELECT id FROM log WHERE big::numeric = 3 EXCEPT SELECT 1'],
 ['log (big)', 'SELECT id FROM log WHERE false AND big = 17'],
 ['log (big)', 'SELECT a.id FROM account a LEFT JOIN log l ON l.big = a.id + 1 AND l.num::int = 3 WHERE a.tenant = 3'],
 ['account (tenant)', 'SELECT l.id FROM log l LEFT JOIN account a ON a.id = l.a'],
 ['doc USING brin (foo)', `SELECT id FROM doc WHERE foo LIKE 'abc%'`],
 ['doc USING gist (r)', `SELECT id FROM doc WHERE upper(r) = 3`],
 ['doc USING gist (r)', `SELECT id FROM doc WHERE NOT r && int4range(1, 3)`],
 ['doc (arr)', 'SELECT id FROM doc WHERE arr[1] = 5'],
 ['doc USING gin (arr)', 'SELECT id FROM doc WHERE arr = ARRAY[1,2]'],
 ['doc USING gin (arr)', 'SELECT id FROM doc WHERE arr @> ARRAY[1,2]::bigint[]::int[]'],
 ['log (amount)', 'SELECT id FROM log WHERE amount = 17.5::float8'],
 ['log (s)', 'SELECT id FROM log WHERE s::numeric = 17'],
 ['log (id)', "SELECT a FROM log WHERE id::text LIKE '17%'"],
 ['log (code)', "SELECT id FROM log WHERE code LIKE 'c1%'"],
 ['log (a)', 'SELECT s FROM log WHERE a = 17 OR a = b'],
 ['log (a)', 'SELECT s FROM log WHERE (a = 17 AND b > 3) OR num = \'x\''],
 ['log (a)', 'SELECT s FROM log WHERE CASE WHEN a = 1 THEN true ELSE b = 2 END'],
 ['log (num)', 'SELECT s FROM log WHERE num IN (SELECT id::text FROM account WHERE tenant = 1)'],
];
it('x', async () => {
  const indexes = [...new Set(C.map(([i]) => i))];
  const workload = await makeWorkload({ queries: Object.fromEntries(C.map(([, sql], at) => [`q${at}`, sql])), proposals: Object.fromEntries(indexes.map((on, at) => [`p${at}`, `CREATE INDEX i${at} ON ${on}`])) });
  const session = await openSession({ settings: database.settings, workload, eager: false, now: Date.now, estimatesOnly: true });
  for (const at of indexes.keys()) { const b = await session.errand({ kind: 'build', proposalId: `p${at}` }); if (b.kind !== 'built') console.log('@@', indexes[at], JSON.stringify(b)); }
  for (const [at, c] of C.entries()) {
    const p = `p${indexes.indexOf(c[0])}`;
    const a: any = await session.errand({ kind: 'whyUnused', queryId: `q${at}`, proposalId: p, proposals: [p] });
    console.log(`@@ ${a.kind === 'failed' ? JSON.stringify(a) : `${a.unused?.reason}: ${a.unused?.text} [${a.unused?.chosenCost} ${a.unused?.cost}]`}   ${c[0]} | ${c[1]}`);
  }
  await session.close();
}, 120000);

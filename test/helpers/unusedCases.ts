/** Queries that do not use an index, each with the reason; on any major of PostgreSQL. */
import { expect, onTestFinished } from 'vitest';
import type { ConnectionSettings } from '../../src/database/connectionSettings.ts';
import { openSession } from '../../src/session/opening.ts';
import type { SessionOptions } from '../../src/session/options.ts';
import { makeWorkload } from './workload.ts';

export const UNUSED_SCHEMA: readonly string[] = [
  'CREATE EXTENSION citext',
  'CREATE EXTENSION pg_trgm',
  "CREATE TYPE state AS ENUM ('active', 'inactive', 'pending')",
  "CREATE DOMAIN address AS text CHECK (value LIKE '%@%')",
  `CREATE TABLE account (id int PRIMARY KEY, "eMail" address, status state NOT NULL, tenant int, active boolean NOT NULL)`,
  `INSERT INTO account SELECT g, 'u' || g || '@x.org', CASE WHEN g % 40 = 0 THEN 'active' WHEN g % 400 = 1 THEN 'pending' ELSE 'inactive' END::state,
       g % 1000, g % 100 = 0 FROM generate_series(1, 20000) g`,
  'CREATE TABLE log (id int, at timestamptz, d timestamp, num varchar(20) COLLATE "en-x-icu", code char(5), amount numeric, big bigint, a int, b int, s real)',
  `INSERT INTO log SELECT g, timestamptz '2026-11-01' - g * interval '1 min', timestamp '2026-11-01' - g * interval '1 min', (g % 5000)::text,
       'c' || g % 100, g, g % 10000, g % 1000, g % 1000, g FROM generate_series(1, 20000) g`,
  'CREATE TABLE doc (id int, foo text COLLATE "en-x-icu", foo_c text COLLATE "C", ci citext, j jsonb, arr int[], r int4range)',
  `INSERT INTO doc SELECT g, md5(g::text), md5(g::text), 'Name' || g, jsonb_build_object('locator', md5((g / 10)::text), 'k', g % 1000),
       array[g % 100, g % 77], int4range(g, g + 10) FROM generate_series(1, 20000) g`,
  'CREATE VIEW recent AS SELECT big, upper(num) AS word, a FROM log WHERE id > 10',
  'CREATE VIEW deep AS SELECT r.* FROM recent r JOIN account a ON a.id = r.a',
  'CREATE TABLE part (k int, v int) PARTITION BY RANGE (k)',
  'CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (5000)',
  'CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (5000) TO (20001)',
  'INSERT INTO part SELECT g, g % 1000 FROM generate_series(0, 20000) g',
  'CREATE SCHEMA aside',
  'CREATE TABLE aside.log AS SELECT * FROM log LIMIT 100',
  'CREATE INDEX log_a ON log (a)',
  'VACUUM (ANALYZE)',
];

/** The index, the query, the reason and what its text says. Each index is on alone. */
type Case = readonly [index: string, query: string, reason: string | undefined, text?: RegExp];

export const CASES: readonly Case[] = [
  // Partial
  [
    `account ("eMail") WHERE status = 'pending'`,
    `SELECT * FROM account WHERE status <> 'inactive' AND "eMail" = 'u401@x.org'`,
    'predicate-not-implied',
    /status = 'pending'/,
  ],
  [
    `account ("eMail") WHERE status = 'pending'`,
    `SELECT * FROM account WHERE status = 'active' AND "eMail" = 'u401@x.org'`,
    'predicate-not-implied',
  ],
  [
    `account ("eMail") WHERE status = 'pending'`,
    `SELECT * FROM account WHERE status IN ('pending', 'active') AND "eMail" = 'u401@x.org'`,
    'predicate-not-implied',
  ],
  [
    `account ("eMail") WHERE status IN ('pending', 'active')`,
    `SELECT * FROM account WHERE status = 'pending' AND "eMail" = 'u401@x.org'`,
    undefined,
  ],
  [
    `account ("eMail") WHERE status = 'pending'`,
    `SELECT * FROM account WHERE lower("eMail") = 'u401@x.org'`,
    'expression-differs',
  ],
  [
    `account ("eMail") WHERE status = 'pending'`,
    `SELECT count(*) FROM account WHERE tenant = 7`,
    'no-clause',
    /eMail/,
  ],
  [`account (id) WHERE active`, 'SELECT count(*) FROM account WHERE active = true', undefined],
  [
    `account (id) WHERE active`,
    'SELECT count(*) FROM account WHERE active IS NOT FALSE',
    'predicate-not-implied',
    /active/,
  ],
  [
    `account (tenant) WHERE active AND id > 100`,
    'SELECT * FROM account WHERE tenant = 7 AND id > 200',
    'predicate-not-implied',
    /imply active$/,
  ],
  // Expressions
  [
    `account (upper("eMail"))`,
    `SELECT * FROM account WHERE lower("eMail") = 'u77@x.org'`,
    'expression-differs',
    /upper.*lower/,
  ],
  [`account (lower("eMail"))`, `SELECT * FROM account WHERE "eMail" = 'u77@x.org'`, 'expression-differs'],
  ['log (big)', 'SELECT id FROM log WHERE big + 1 = 18', 'expression-differs'],
  ['log ((a + b))', 'SELECT count(*) FROM log WHERE b + a = 18', 'expression-differs'],
  [
    "log (date_trunc('day', d))",
    "SELECT count(*) FROM log WHERE date_trunc('month', d) = date '2026-10-01'",
    'expression-differs',
  ],
  [
    'log (at)',
    "SELECT id FROM log WHERE date_trunc('day', at) = timestamptz '2026-10-29'",
    'expression-differs',
  ],
  [`doc ((j ->> 'locator'))`, `SELECT id FROM doc WHERE (j ->> 'k')::int = 17`, 'expression-differs'],
  [
    'doc USING gin (j)',
    `SELECT id FROM doc WHERE j ->> 'locator' = 'c4ca4238a0b923820dcc509a6f75849b'`,
    'expression-differs',
  ],
  ['log (a)', 'SELECT id FROM log WHERE coalesce(a, 0) = 17', 'expression-differs'],
  // Casts
  ['log (num)', 'SELECT id FROM log WHERE num::int = 17', 'type-cast', /num.*integer/],
  ['log (big)', 'SELECT id FROM log WHERE big = 17.0', 'type-cast', /numeric/],
  ['log (big)', 'SELECT count(*) FROM log WHERE big = 17', undefined],
  // The plan reads all of it, because it is smaller than the table.
  ['log (big)', 'SELECT count(*) FROM log WHERE big + 1 = 18', 'expression-differs'],
  ['log (big) INCLUDE (s)', 'SELECT sum(s) FROM log WHERE big + 1 = 18', 'expression-differs'],
  ['log (a)', 'SELECT count(*) FROM log WHERE a = 17::bigint', undefined],
  ['log (at)', "SELECT id FROM log WHERE at::date = '2026-10-29'", 'type-cast'],
  ['log (at)', "SELECT count(*) FROM log WHERE at < date '2026-10-19'", undefined],
  ['log (code)', "SELECT id FROM log WHERE code = 'c17'::text", 'type-cast'],
  ['log (num)', "SELECT count(*) FROM log WHERE num = '17'::text", undefined],
  ['log (s)', 'SELECT count(*) FROM log WHERE s = 17.5::numeric', undefined],
  ['doc (ci)', "SELECT id FROM doc WHERE ci::text = 'Name77'", 'type-cast'],
  ['doc (ci)', "SELECT id FROM doc WHERE ci = 'name77'", undefined],
  // Collations and operator classes
  ['doc (foo)', "SELECT id FROM doc WHERE foo LIKE 'abc1%'", 'collation', /"?C"?/],
  ['log (num)', "SELECT id FROM log WHERE num LIKE '123%'", 'collation'],
  ['doc (foo_c)', "SELECT id FROM doc WHERE foo_c LIKE 'abc1%'", undefined],
  ['doc (foo COLLATE "C")', "SELECT id FROM doc WHERE foo > 'fff'", 'collation'],
  ['doc (foo)', `SELECT id FROM doc WHERE foo > 'fff' COLLATE "C"`, 'collation'],
  ['doc (foo)', "SELECT id FROM doc WHERE foo LIKE '%abc1f%'", 'operator-class', /gin_trgm_ops/],
  ['doc (foo text_pattern_ops)', "SELECT id FROM doc WHERE foo > 'fff'", 'operator-class', /text_ops/],
  ['doc (foo text_pattern_ops)', "SELECT id FROM doc WHERE foo ILIKE 'ABC1%'", 'operator-class'],
  ['doc USING hash (foo)', "SELECT id FROM doc WHERE foo > 'fff'", 'operator-class', /btree/],
  ['log (big)', 'SELECT id FROM log WHERE big IS DISTINCT FROM 17', 'operator-class'],
  ['log (big)', 'SELECT id FROM log WHERE big <> 17', 'operator-class'],
  ['log (big)', 'SELECT id FROM log WHERE big NOT IN (17, 18)', 'operator-class'],
  ['doc USING gin (arr)', 'SELECT count(*) FROM doc WHERE 5 = ANY (arr)', 'operator-class'],
  [
    'doc USING gin (j jsonb_path_ops)',
    "SELECT id FROM doc WHERE j ? 'locator'",
    'operator-class',
    /jsonb_ops/,
  ],
  ['doc (r)', 'SELECT id FROM doc WHERE r @> 17', 'operator-class'],
  // No clause
  ['log (big)', "SELECT count(*) FROM log WHERE big = 17 OR num = '17'", 'no-clause', /OR.*num/],
  ['log (big)', 'SELECT id FROM log WHERE amount > 19000', 'no-clause'],
  ['log (a)', 'SELECT id FROM log WHERE a = b', 'no-clause', /same row/],
  ['log (a)', 'SELECT id FROM log WHERE a = (random() * 10)::int', 'no-clause'],
  [
    'log (big)',
    'SELECT id FROM log ORDER BY big DESC NULLS LAST LIMIT 10',
    'no-clause',
    /sorts by big DESC NULLS LAST/,
  ],
  ['log (big)', 'SELECT count(*) FROM account WHERE tenant = 7', 'no-clause', /does not read/],
  ['log (big)', 'SELECT count(*) FROM aside.log WHERE big = 7', 'no-clause', /does not read/],
  [
    'log (big)',
    'WITH log AS (SELECT 1 AS big) SELECT * FROM log WHERE big = 1',
    'no-clause',
    /does not read/,
  ],
  ['log (num)', "SELECT count(*) FROM recent WHERE word = '17'", 'expression-differs', /upper/],
  [
    'log (num)',
    'SELECT id FROM doc WHERE id = 3 UNION ALL SELECT id FROM log WHERE num::int = 17',
    'type-cast',
  ],
  ['part (v)', 'SELECT k FROM part WHERE v + 1 = 17', 'expression-differs'],
  ['log (big)', 'SELECT id FROM log TABLESAMPLE SYSTEM (10) WHERE big = 17', 'no-clause', /TABLESAMPLE/],
  ['log (big)', 'TABLE log', 'no-clause'],
  ['part_2 (v)', 'SELECT k FROM part WHERE v = 3 AND k < 4000', 'no-clause', /leaves part_2 out/],
  ['log (big)', 'SELECT id FROM log WHERE false AND big = 17', 'no-clause', /leaves log out/],
  ['doc (foo)', 'SELECT * FROM doc ORDER BY foo COLLATE "C" LIMIT 5', 'no-clause', /sorts by foo COLLATE/],
  ['doc USING gist (r)', 'SELECT id FROM doc WHERE NOT r && int4range(1, 3)', 'operator-class'],
  ['log (big)', 'SELECT * FROM log l JOIN doc d ON d.foo = l.big::text WHERE d.id < 10', 'type-cast'],
  [
    `doc USING gin (to_tsvector('english', foo))`,
    "SELECT id FROM doc WHERE to_tsvector(foo) @@ to_tsquery('x')",
    'expression-differs',
  ],
  ['doc (foo)', "SELECT id FROM doc WHERE foo ~ '^abc'", 'collation', /text_pattern_ops/],
  ['account (status)', `SELECT "eMail" FROM account WHERE status::text = 'pending'`, 'type-cast'],
  [
    'log (a) WHERE big > 100',
    'SELECT s FROM log WHERE a = 3 AND big > 50',
    'predicate-not-implied',
    /big > 100/,
  ],
  ['log (num)', "SELECT big FROM deep WHERE word = '17'", 'expression-differs'],
  // Usable
  ['log (amount, big)', 'SELECT * FROM log WHERE big > 17', 'more-expensive', /amount is not compared/],
  ['log (big)', 'SELECT id FROM log WHERE big > 10', 'more-expensive'],
  ['log (big)', 'SELECT * FROM log l JOIN account a ON a.id = l.big', 'more-expensive'],
  ['log USING hash (big)', 'SELECT id FROM log WHERE big > 10', 'operator-class'],
  ['part (v)', 'SELECT k FROM part WHERE v > 10', 'more-expensive'],
];

/** Asks a session about each case, with its index on alone. */
export async function asked(
  settings: ConnectionSettings,
  cases: readonly Case[],
  options: Partial<SessionOptions> = {},
) {
  const indexes = [...new Set(cases.map(([index]) => index))];
  const queries = [...new Set(cases.map(([, query]) => query))];
  const workload = await makeWorkload({
    queries: Object.fromEntries(queries.map((sql, at) => [`q${at}`, sql])),
    proposals: Object.fromEntries(indexes.map((on, at) => [`p${at}`, `CREATE INDEX i${at} ON ${on}`])),
  });
  const session = await openSession({
    settings,
    workload,
    eager: false,
    now: Date.now,
    estimatesOnly: true,
    ...options,
  });
  onTestFinished(() => session.close());
  for (const at of indexes.keys())
    expect(await session.background({ kind: 'build', proposalId: `p${at}` })).toMatchObject({
      kind: 'built',
    });
  const answers = [];
  for (const [index, query] of cases) {
    const proposalId = `p${indexes.indexOf(index)}`;
    const answer = await session.background({
      kind: 'whyUnused',
      queryId: `q${queries.indexOf(query)}`,
      proposalId,
      proposals: [proposalId],
    });
    if (answer.kind !== 'explained') throw new Error(`${index}: ${query}: ${JSON.stringify(answer)}`);
    answers.push({
      index,
      query,
      reason: answer.unused?.reason,
      text: answer.unused?.text,

      unused: answer.unused,
    });
  }
  return answers;
}

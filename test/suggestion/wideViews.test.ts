/** Views that serve every constant, on a real PostgreSQL: each rewrite returns what its query returns, in the same types. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from '../../src/session/opening.ts';
import { candidatesFor } from '../../src/suggestion/candidates.ts';
import { readColumns } from '../../src/suggestion/columns.ts';
import type { Server } from '../../src/suggestion/viewSize.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { makeWorkload } from '../helpers/workload.ts';

let database: TestDatabase;
let server: Server;

const ROWS: Readonly<Record<string, number>> = { sale: 60_000, buyer: 400, line: 120_000, kind: 4 };

beforeAll(async () => {
  database = await testDatabase('wide', [
    'CREATE TABLE kind (code text PRIMARY KEY, label text)',
    "INSERT INTO kind VALUES ('paid', 'Paid'), ('void', 'Void'), ('new', 'New'), ('gift', 'Gift')",
    'CREATE TABLE buyer (id int PRIMARY KEY, name text, country text, since timestamp)',
    `INSERT INTO buyer SELECT g, 'n' || g % 90, (ARRAY['NO', 'SE', 'DK', NULL])[g % 4 + 1],
       timestamp '2025-01-01' + g * interval '7 hours' FROM generate_series(1, 400) g`,
    `CREATE TABLE sale (id int PRIMARY KEY, buyer int, kind text, at timestamp, day date, amount int, price numeric(8, 2),
       weight float8, small real, took interval, big bigint, gift boolean, code text)`,
    'CREATE INDEX ON sale (buyer)',
    `INSERT INTO sale SELECT g, g % 400 + 1, (ARRAY['paid', 'void', 'new', 'gift'])[g % 4 + 1],
       timestamp '2026-01-01' + g * interval '3 minutes', date '2026-01-01' + g / 480,
       CASE WHEN g % 11 > 0 THEN g % 97 END, (g % 1013) / 7.0, (g % 17)::float8, (g % 5)::real,
       g % 60 * interval '1 minute', g % 19, g % 3 = 0, 'c' || g FROM generate_series(1, 60000) g`,
    'CREATE TABLE line (sale int, item int, units int)',
    'INSERT INTO line SELECT g % 60000 + 1, g % 30, g % 7 FROM generate_series(1, 120000) g',
    'CREATE TABLE "Odd" ("Order" date, "select" int, "two words" numeric)',
    `INSERT INTO "Odd" SELECT date '2026-01-01' + g % 40, g % 3, g % 17 FROM generate_series(1, 20000) g`,
    'CREATE AGGREGATE public.product(int) (SFUNC = int4mul, STYPE = int, INITCOND = 1)',
    'VACUUM (FREEZE, ANALYZE)',
  ]);
  const { settings } = database;
  const workload = await makeWorkload({ queries: { one: 'SELECT 1' }, proposals: {} });
  const session = await openSession({ settings, workload, eager: false, now: Date.now });
  const facts = await readColumns(session, new AbortController().signal);
  await session.close();
  server = {
    facts,
    ask: async statements => {
      const answers = [];
      for (const sql of statements) answers.push(await database.link.query(sql));
      return answers;
    },
    rowsOf: table => ROWS[table] ?? 0,
    growthOf: () => 1,
    isEmpty: false,
    isSpent: () => false,
  };
});
afterAll(() => database.drop());

async function candidates(queries: Readonly<Record<string, string>>) {
  const workload = await makeWorkload({ queries, proposals: {} });
  const found = await candidatesFor(workload, {
    columns: server.facts.columns,
    server,
    taken: new Set(),
    rows: new Map(),
  });
  const wide = [...found.views].filter(([, { rowsGrouped }]) => rowsGrouped !== undefined);
  return wide.map(([id, facts]) => ({
    id,
    facts,
    statements: found.workload.proposals.find(one => one.id === id)?.statements.map(({ sql }) => sql) ?? [],
    queries: found.workload.queries.flatMap(query => {
      const rewrite = query.rewrites.find(one => one.id === id);
      return rewrite === undefined
        ? []
        : [{ id: query.id, sql: query.sql, rewrite: rewrite.sql, text: rewrite.text }];
    }),
  }));
}

/** How many rows only one of them returns, with their columns' types. */
async function differing(one: string, other: string): Promise<number> {
  const typed = (sql: string) =>
    `SELECT to_jsonb(q)::text AS row, (SELECT string_agg(t.key, ',') FROM jsonb_each(to_jsonb(q)) t) AS names FROM (${sql}) q`;
  const [row] = await database.link.query(
    `SELECT count(*) AS n FROM ((${typed(one)} EXCEPT ALL ${typed(other)}) UNION ALL (${typed(other)} EXCEPT ALL ${typed(one)})) d`,
  );
  return Number(row?.n);
}

async function columnTypes(sql: string): Promise<unknown> {
  await database.link.query(`CREATE TEMP VIEW shape AS ${sql}`);
  try {
    return await database.link.query(
      `SELECT attname::text, format_type(atttypid, NULL) AS type FROM pg_attribute WHERE attrelid = 'shape'::regclass ORDER BY attnum`,
    );
  } finally {
    await database.link.query('DROP VIEW shape');
  }
}

/** Makes each view and compares. @param others Texts in the query → what stands there for another execution. */
async function proven(
  queries: Readonly<Record<string, string>>,
  others: Readonly<Record<string, string>> = {},
) {
  const views = await candidates(queries);
  for (const view of views) {
    for (const statement of view.statements) await database.link.query(statement);
    try {
      for (const { sql, rewrite } of view.queries) {
        expect(await columnTypes(rewrite), rewrite).toEqual(await columnTypes(sql));
        expect(await differing(sql, rewrite), rewrite).toBe(0);
        const changed = (text: string) =>
          Object.entries(others).reduce((all, [from, to]) => all.replaceAll(from, to), text);
        if (view.facts.tied) continue;
        expect(await differing(changed(sql), changed(rewrite)), changed(rewrite)).toBe(0);
      }
    } finally {
      await database.link.query(`DROP MATERIALIZED VIEW ${view.id}`);
    }
  }
  return views;
}

describe('a view of groups', () => {
  it('keeps comparisons outside and adds up: every aggregate has its type and its value', async () => {
    const [view] = await proven(
      {
        q: `SELECT country, count(*), count(amount) AS amounts, sum(amount) AS sum, sum(big) AS bigs, sum(price) AS prices,
              sum(weight) AS weights, sum(small) AS smalls, sum(took) AS tooks, avg(amount) AS avg, avg(big) AS avg_big,
              avg(price) AS avg_price, avg(weight) AS avg_weight, avg(took) AS avg_took, min(kind), max(price),
              bool_and(s.gift), sum(price) FILTER (WHERE amount > 90) AS few, round(sum(price) / count(*), 3) AS each
            FROM sale s JOIN buyer b ON b.id = s.buyer
            WHERE s.day >= date '2026-02-01' AND s.kind = 'paid' GROUP BY country HAVING count(*) > 10
            ORDER BY country`,
      },
      {
        "date '2026-02-01'": "date '2026-03-17'",
        "'paid'": "'gift'",
        "CAST('2026-02-01' AS date)": "date '2026-03-17'",
        "'2026-02-01'::date": "date '2026-03-17'",
      },
    );
    expect(view?.facts).toMatchObject({ tied: false, dated: false });
    expect([...(view?.facts.opened ?? [])].sort()).toEqual(['day', 'kind']);
    expect(view?.queries[0]?.rewrite).toMatch(/v\.kind = 'paid'/);
  });

  it('has the day of a timestamp, where the bounds are whole days', async () => {
    const [view] = await proven({
      q: `SELECT date_trunc('month', at) AS month, sum(price) AS total, count(*) AS n FROM sale
          WHERE at >= CURRENT_DATE - INTERVAL '3000 days' AND at < date '2026-04-03' GROUP BY 1 ORDER BY month`,
    });
    expect(view?.statements[0]).toContain('at::date AS at_day');
    expect(view?.facts).toMatchObject({ opened: ['at_day'], dated: false, key: ['at_day'] });
    // Within a day a group would not do.
    for (const bound of [
      "at > date '2026-04-03'",
      "at >= timestamp '2026-04-03 10:00'",
      "at >= now() - interval '3 hours'",
    ])
      expect(await candidates({ q: `SELECT sum(price) AS s FROM sale WHERE ${bound}` }), bound).toEqual([]);
  });

  it('stands for some of the tables, which others are joined to, outer ones and lateral ones', async () => {
    const views = await proven({
      lateral: `SELECT k.label, best.country, best.total FROM kind k CROSS JOIN LATERAL (
          SELECT b.country, sum(s.price) AS total FROM sale s JOIN buyer b ON b.id = s.buyer
          WHERE s.kind = k.code AND s.day < date '2026-03-01' GROUP BY b.country ORDER BY total DESC, b.country LIMIT 2) best
          ORDER BY k.label, best.total DESC`,
      outer: `SELECT b.country, k.label, sum(s.price) AS total, max(b.since) AS last FROM sale s JOIN buyer b ON b.id = s.buyer
          LEFT JOIN kind k ON k.code = s.kind AND k.label <> 'Void' WHERE s.day >= date '2026-03-01'
          GROUP BY b.country, k.label ORDER BY 1, 2`,
      having: `SELECT b.country, sum(s.amount) AS total FROM sale s, buyer b WHERE s.buyer = b.id AND s.day > date '2026-03-01'
          GROUP BY b.country HAVING sum(s.amount) > (SELECT sum(s.amount) * 0.2 FROM sale s WHERE s.day > date '2026-03-01')`,
      within: `SELECT name, (SELECT sum(amount) FROM sale s WHERE s.buyer = b.id AND s.kind = 'paid') AS paid FROM buyer b
          WHERE id IN (SELECT buyer FROM sale GROUP BY buyer HAVING count(*) > 20) ORDER BY id`,
    });
    expect([...new Set(views.flatMap(view => view.queries.map(({ id }) => id)))].sort()).toEqual([
      'having',
      'lateral',
      'outer',
      'within',
    ]);
  });

  it('has the columns that a primary key determines', async () => {
    const [view] = await proven({
      q: `SELECT b.id, b.name, upper(b.country) AS country, sum(s.price) AS total FROM sale s JOIN buyer b ON b.id = s.buyer
          WHERE s.kind = 'paid' GROUP BY b.id ORDER BY total DESC, b.id LIMIT 20`,
    });
    expect(view?.queries[0]?.id).toBe('q');
  });

  it('has names that need quotes, and a table that is there twice', async () => {
    const views = await proven({
      odd: `SELECT "Order", sum("two words") AS "Sum" FROM "Odd" o WHERE "select" = 2 GROUP BY "Order" ORDER BY "Sum", 1`,
      twice: `SELECT a.country, count(*) AS n FROM sale s JOIN buyer a ON a.id = s.buyer JOIN buyer b ON b.id = a.id + 1
          WHERE b.country = 'SE' AND s.day >= date '2026-02-01' GROUP BY a.country ORDER BY 1`,
    });
    expect(new Set(views.flatMap(view => view.queries.map(({ id }) => id)))).toEqual(
      new Set(['odd', 'twice']),
    );
  });

  it('serves several queries, and what they do not have in common stays outside', async () => {
    const views = await proven({
      kinds: `SELECT kind, sum(price) AS total FROM sale WHERE day >= date '2026-02-01' AND kind <> 'void' GROUP BY kind`,
      days: `SELECT day, count(*) AS n, avg(price) AS mean FROM sale WHERE kind = 'paid' GROUP BY day ORDER BY day`,
      months: `SELECT extract(month FROM day) AS month, max(price) AS most FROM sale WHERE kind <> 'void' GROUP BY 1 ORDER BY 1`,
    });
    const shared = views.find(({ queries }) => queries.length === 3);
    expect(shared?.facts.key).toEqual(expect.arrayContaining(['kind', 'day']));
    expect(shared?.facts.key).toHaveLength(2);
    expect(shared?.statements[0]).not.toContain('WHERE');
  });

  it('holds for every value of its group keys, and else for the constants without which it would be too large', async () => {
    const [grouped] = await proven({
      q: "SELECT kind, sum(price) AS total FROM sale WHERE kind IN ('paid', 'new') AND day > date '2026-02-01' GROUP BY kind",
    });
    expect(grouped?.facts).toMatchObject({ tied: false });
    expect([...(grouped?.facts.opened ?? [])].sort()).toEqual(['day', 'kind']);
    const [held] = await proven({
      q: "SELECT day, sum(price) AS total FROM sale WHERE code LIKE 'c1%' AND day > date '2026-02-01' GROUP BY day",
    });
    expect(held?.facts).toMatchObject({ tied: true, opened: ['day'] });
    expect(held?.statements[0]).toContain("LIKE 'c1%'");
    // So does a number that the view leaves out or divides by.
    for (const constant of ['price <> 9', 'price % 7 = 3']) {
      const views = await proven({
        q: `SELECT day, count(*) AS n FROM sale WHERE ${constant} AND day > date '2026-02-01' GROUP BY day`,
      });
      for (const { facts, statements } of views)
        expect(facts.tied, statements[0]).toBe(/WHERE/.test(statements[0] ?? ''));
      expect(views, constant).not.toEqual([]);
    }
  });

  it('serves a query with parameters, for all of their values', async () => {
    const [view] = await proven({
      q: `-- values: :kind = 'paid', :from = '2026-02-01'
          -- values: :kind = 'new', :from = '2026-03-01'
          SELECT day, sum(price) AS total FROM sale WHERE kind = :kind AND day >= :from GROUP BY day ORDER BY day`,
    });
    expect(view?.queries.map(({ id }) => id)).toHaveLength(2);
    expect(view?.queries[0]?.text).toMatch(/v\.kind = :kind\s+AND v\.day >= :from/);
  });

  it('adds up single-precision numbers as avg() does, where no sum of them is read', async () => {
    const [view] = await proven({
      means:
        "SELECT kind, avg(small * 1000001::real) AS mean FROM sale WHERE day > date '2026-02-01' GROUP BY kind ORDER BY kind",
    });
    expect(view?.statements[0]).toMatch(/sum\(.*(?:double precision|float8)/);
  });

  it('is none where groups do not make up the answer, or are no fewer than the rows', async () => {
    for (const sql of [
      "SELECT count(DISTINCT buyer) FROM sale WHERE day > date '2026-02-01'",
      "SELECT string_agg(kind, ',' ORDER BY kind) FROM sale WHERE day > date '2026-02-01'",
      "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY price) FROM sale WHERE day > date '2026-02-01'",
      "SELECT stddev(price) FROM sale WHERE day > date '2026-02-01'",
      "SELECT product(amount) FROM sale WHERE day > date '2026-02-01'",
      "SELECT kind, product(length(kind)) AS p, sum(price) FROM sale WHERE day > date '2026-02-01' GROUP BY kind",
      'SELECT sum(price) FROM sale WHERE id > 17',
      "SELECT id, sum(price) FROM sale WHERE kind = 'paid' GROUP BY id",
      "SELECT sum(price * $1) FROM sale WHERE day > date '2026-02-01'",
    ])
      expect(
        (await candidates({ q: sql.includes('$1') ? `-- values: $1 = 2\n${sql}` : sql })).map(
          one => one.statements[0],
        ),
        sql,
      ).toEqual([]);
  });

  it('asks before it trusts the planner, who takes a tenth of the rows for the most groups of several columns', async () => {
    expect(
      await candidates({
        q: "SELECT sum(price) FROM sale WHERE buyer = 7 AND price > 3 AND at = '2026-01-01 00:03'",
      }),
    ).toEqual([]);
  });

  it('is empty, and then returns what an empty table does', async () => {
    await proven(
      {
        q: "SELECT count(*) AS n, sum(amount) AS s, avg(price) AS a FROM sale WHERE kind = 'paid' AND day > date '2026-02-01'",
      },
      { "'paid'": "'none'" },
    );
  });
});

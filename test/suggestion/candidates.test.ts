import { describe, expect, it } from 'vitest';
import { candidatesFor } from '../../src/suggestion/candidates.ts';
import { ddlOf, indexCandidates } from '../../src/suggestion/indexCandidates.ts';
import { blocksOf } from '../../src/suggestion/queryBlocks.ts';
import { parseStatements } from '../../src/workload/grammar.ts';
import { makeWorkload } from '../helpers/workload.ts';

const COLUMNS = {
  sale: ['id', 'buyer', 'kind', 'at', 'amount', 'note'],
  buyer: ['id', 'name', 'country'],
  'shop.Part': ['Id', 'order', 'tags'],
};

async function indexesFor(sql: string): Promise<readonly string[]> {
  const [statement] = await parseStatements('', sql);
  const blocks = blocksOf((statement?.tree ?? {}) as Parameters<typeof blocksOf>[0], COLUMNS);
  return indexCandidates(blocks).map(one =>
    ddlOf(one, 'i')
      .replace(/\s+/g, ' ')
      .replace(/^CREATE INDEX i ON /, ''),
  );
}

describe('index candidates', () => {
  it('have what is compared for equality first, then one range, then what else is read', async () => {
    const found = await indexesFor('SELECT amount FROM sale WHERE buyer = 7 AND at >= now()');
    expect(found).toContain('sale (buyer, at)');
    expect(found).toContain('sale (buyer, at) INCLUDE (amount)');
    expect(found).toContain('sale USING brin (at)');
    expect(found).not.toContain('sale (at, buyer)');
    // The second range is compared inside the index: a box on a map.
    expect(
      await indexesFor('SELECT note FROM sale WHERE at BETWEEN 1 AND 2 AND amount BETWEEN 3 AND 4'),
    ).toContain('sale (at, amount)');
  });

  it('have the order where one table decides it', async () => {
    const found = await indexesFor('SELECT s.* FROM sale s WHERE buyer = $1 ORDER BY at DESC, id LIMIT 10');
    expect(found).toContain('sale (buyer, at DESC, id)');
    // A star reads everything: nothing is left to include.
    expect(found.filter(one => one.includes('INCLUDE'))).toEqual([]);
  });

  it('have an order that is only backward as the plain columns, which an index may have already', async () => {
    const found = await indexesFor('SELECT * FROM sale WHERE buyer = 1 ORDER BY at DESC, id DESC LIMIT 10');
    expect(found).toContain('sale (buyer, at, id)');
    expect(found.filter(one => one.includes('DESC'))).toEqual([]);
    const last = await indexesFor('SELECT * FROM sale ORDER BY at DESC NULLS LAST LIMIT 10');
    expect(last).toContain('sale (at DESC NULLS LAST)');
  });

  it('are partial on conditions that every execution has, and on no value that another one will not have', async () => {
    const of = (condition: string) => indexesFor(`SELECT amount FROM sale WHERE buyer = $1 AND ${condition}`);
    expect(await of("kind <> 'void'")).toContain("sale (buyer) INCLUDE (amount) WHERE kind <> 'void'");
    expect(await of('note IS NULL')).toContain('sale (buyer) WHERE note IS NULL');
    for (const passing of [
      'amount > 100',
      "at > date '2026-01-01'",
      'at > CURRENT_DATE',
      'kind = $2',
      'at > now()',
    ])
      expect(
        (await of(passing)).filter(one => one.includes('WHERE')),
        passing,
      ).toEqual([]);
  });

  it('reach into joins, subqueries, and what they are correlated with', async () => {
    const found = await indexesFor(
      `SELECT b.name, (SELECT max(s.at) FROM sale s WHERE s.buyer = b.id AND s.kind = 'x')
       FROM buyer b WHERE EXISTS (SELECT 1 FROM sale o WHERE o.buyer = b.id) AND b.country IN ('NO', 'SE')`,
    );
    expect(found).toContain('sale (buyer)');
    expect(found).toContain("sale (buyer) INCLUDE (at) WHERE kind = 'x'");
    expect(found).toContain('buyer (country)');
  });

  it('know expressions, LIKE, arrays and JSON', async () => {
    expect(await indexesFor("SELECT id FROM sale WHERE lower(note) = 'x'")).toContain('sale ((lower(note)))');
    expect(await indexesFor("SELECT id FROM sale WHERE note LIKE 'ab%'")).toContain(
      'sale (note text_pattern_ops)',
    );
    const prefix = await indexesFor("SELECT id FROM sale WHERE buyer = 7 AND note LIKE 'ab%'");
    expect(prefix).toContain('sale (buyer, note text_pattern_ops)');
    // The values of a parameter may begin with letters or with `%`.
    const either = await indexesFor('SELECT id FROM sale WHERE note LIKE $1');
    expect(either).toContain('sale (note text_pattern_ops)');
    expect(either).toContain('sale USING gin (note gin_trgm_ops)');
    expect(await indexesFor("SELECT id FROM sale WHERE note LIKE '%ab%'")).toContain(
      'sale USING gin (note gin_trgm_ops)',
    );
    expect(await indexesFor(`SELECT "Id" FROM shop."Part" WHERE tags @> ARRAY['x']`)).toContain(
      'shop."Part" USING gin (tags)',
    );
  });

  it('take a comparison of rows apart: a page of results, pairs of values, pairs of a subquery', async () => {
    const page = await indexesFor(
      'SELECT id FROM sale WHERE (at, id) < ($1, $2) AND buyer = $3 ORDER BY at DESC, id DESC LIMIT 50',
    );
    expect(page).toContain('sale (buyer, at, id)');
    expect(page).toContain('sale (buyer, at)');
    for (const pairs of [
      "(buyer, kind) = ($1, 'x')",
      "(buyer, kind) IN ((1, 'x'), (2, 'y'))",
      '(buyer, kind) IN (SELECT id, name FROM buyer)',
    ]) {
      const found = await indexesFor(`SELECT amount FROM sale WHERE ${pairs}`);
      expect(found, pairs).toContain('sale (buyer, kind)');
      expect(found.join(), pairs).not.toMatch(/ROW|\(\(buyer/);
    }
    expect(page.join()).not.toMatch(/ROW|\(\(at/);
  });

  it('write names as PostgreSQL needs them', async () => {
    expect(await indexesFor('SELECT "order" FROM shop."Part" p WHERE p."Id" = 1')).toContain(
      'shop."Part" ("Id") INCLUDE ("order")',
    );
  });

  it('are none for what is no table', async () => {
    const found = await indexesFor('WITH sale AS (SELECT 1 AS buyer) SELECT * FROM sale WHERE buyer = 1');
    expect(found).toEqual([]);
  });
});

it('an index that the workload proposes already keeps its name; others are named by all their columns', async () => {
  const workload = await makeWorkload({
    queries: { '01-q': 'SELECT amount FROM sale WHERE buyer = 7' },
    proposals: { mine: 'CREATE INDEX by_buyer ON sale\n(buyer)' },
  });
  const { workload: found } = await candidatesFor(
    { ...workload, proposals: [] },
    {
      columns: COLUMNS,
      taken: new Set(['by_buyer', 'sale_buyer_idx']),
      own: workload.proposals,
      rows: new Map(),
    },
  );
  const named = found.proposals.map(({ id, statements }) => [id, statements[0]?.creates]);
  expect(named).toEqual([
    ['mine', 'by_buyer'],
    ['sale_buyer_amount_idx', 'sale_buyer_amount_idx'],
  ]);
});

it('a partial index is named by the column of its condition', async () => {
  const workload = await makeWorkload({
    queries: { '01-q': 'SELECT * FROM sale WHERE buyer = 7 AND NOT kind' },
    proposals: {},
  });
  const { workload: found } = await candidatesFor(workload, {
    columns: COLUMNS,
    taken: new Set(),
    rows: new Map(),
  });
  expect(found.proposals.map(({ id }) => id)).toContain('sale_buyer_where_kind_idx');
});

async function viewsFor(sql: string, more: Readonly<Record<string, string>> = {}) {
  const workload = await makeWorkload({ queries: { '01-the-query': sql, ...more }, proposals: {} });
  const found = await candidatesFor(workload, {
    columns: COLUMNS,
    taken: new Set(['taken']),
    rows: new Map(),
  });
  return found.workload.proposals
    .filter(({ kind }) => kind === 'view')
    .map(({ id, statements }) => ({
      id,
      sql: statements.map(statement => statement.sql),
      rewrite: found.workload.queries.flatMap(({ rewrites }) => rewrites).find(one => one.id === id)?.sql,
      dated: found.views.get(id)?.dated,
    }));
}

describe('view candidates', () => {
  it('hold the answer of a query that aggregates, and are read in its order', async () => {
    const sql =
      'SELECT kind, sum(amount) AS total FROM sale GROUP BY kind ORDER BY total DESC NULLS LAST, kind';
    expect(await viewsFor(sql)).toEqual([
      {
        id: 'the_query',
        sql: [
          `CREATE MATERIALIZED VIEW the_query AS\n${sql}`,
          'CREATE UNIQUE INDEX the_query_key ON the_query (kind)',
        ],
        rewrite: 'SELECT kind, total\nFROM the_query\nORDER BY total DESC NULLS LAST, kind',
        dated: false,
      },
    ]);
  });

  it('hold a part of a query, which keeps the rest of its text', async () => {
    const [whole, part] = await viewsFor(
      `SELECT b.name /* kept */, t.n FROM buyer b LEFT JOIN (
         SELECT buyer, count(*) AS n FROM sale WHERE at > CURRENT_DATE - 9 GROUP BY buyer) t ON t.buyer = b.id`,
    );
    expect(whole?.id).toBe('the_query');
    expect(part).toMatchObject({ id: 'the_query_t', dated: true });
    expect(part?.rewrite).toContain('b.name /* kept */');
    expect(part?.rewrite).toContain('LEFT JOIN (SELECT buyer, n FROM the_query_t) t ON');
  });

  it('keep an order that no column of the answer decides', async () => {
    const [view] = await viewsFor('SELECT kind FROM sale GROUP BY kind ORDER BY count(*)');
    expect(view?.sql[0]).toContain('row_number() OVER ()');
    expect(view?.rewrite).toBe('SELECT kind\nFROM the_query\nORDER BY row_position');
  });

  it('are none where a view could not be right', async () => {
    // Rows as they are; a part that depends on the query around it; a value that changes; a star.
    expect(await viewsFor('SELECT id FROM sale')).toEqual([]);
    const correlated = 'SELECT id, (SELECT count(*) FROM sale s WHERE s.buyer = b.id) FROM buyer b';
    expect((await viewsFor(correlated)).map(({ id }) => id)).toEqual(['the_query']);
    expect(await viewsFor('-- values: $1 = 7\nSELECT count(*) FROM sale WHERE buyer = $1')).toEqual([]);
    expect(await viewsFor('SELECT DISTINCT * FROM sale')).toEqual([]);
  });

  it('call columns apart that the query does not, and give them their own names back', async () => {
    const [view] = await viewsFor('SELECT sum(id), sum(buyer), 1 + count(*) FROM sale');
    expect(view?.sql[0]).toMatch(/^CREATE MATERIALIZED VIEW the_query \(sum, sum_2, column_3\) AS/);
    expect(view?.rewrite).toBe('SELECT sum, sum_2 AS sum, column_3 AS "?column?"\nFROM the_query');
  });
});

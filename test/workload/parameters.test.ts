import { describe, expect, it } from 'vitest';
import { refusalOf } from '../helpers/refusal.ts';
import { makeWorkload } from '../helpers/workload.ts';

const load = (text: string, rewrite?: string) =>
  makeWorkload({
    queries: { q: text },
    proposals: { view: 'CREATE MATERIALIZED VIEW view AS SELECT 1 AS a' },
    ...(rewrite === undefined ? {} : { rewrites: { 'q@view': rewrite } }),
  });
const sqlOf = async (text: string) => (await load(text)).queries.map(({ sql }) => sql);
const refusal = (text: string, rewrite?: string) => refusalOf(() => load(text, rewrite));

describe('parameters of a query', () => {
  it.each([
    ['17', "'17'"],
    ['-5', "'-5'"],
    ['1.5e3', "'1.5e3'"],
    ['true', "'true'"],
    ["'x''y'", "('x''y')"],
    ["'x'", "'x'"],
    ['NULL', '(NULL)'],
    ["'2026-01-01'::date", "('2026-01-01'::date)"],
    ["DATE '2026-01-01'", "(DATE '2026-01-01')"],
    ['CAST(1 AS numeric(10, 2))', '(CAST(1 AS numeric(10, 2)))'],
    ['ARRAY[1, 2]', '(ARRAY[1, 2])'],
    ["E'a\\nb'", "(E'a\\nb')"],
  ])('%s stands as %s', async (value, sql) => {
    expect(await sqlOf(`-- values: $1 = ${value}\nSELECT a FROM t WHERE b = $1`)).toEqual([
      `SELECT a FROM t WHERE b = ${sql}`,
    ]);
  });

  it('are psql’s variables in their three forms, and nothing in strings, casts, comments and slices', async () => {
    const [sql] = await sqlOf(
      [
        '-- title: É 🐘',
        "-- values: :limit = 3, :label = 'it''s', :größe = 7",
        "SELECT 'a:limit', \"b:limit\", c::int, d[1:n], $$ :limit $$, :'label', :größe, -- :nothing",
        '  :"label" FROM t WHERE e=:limit AND f = :\'limit\' /* :x */ LIMIT :limit',
      ].join('\n'),
    );
    expect(sql).toBe(
      [
        "SELECT 'a:limit', \"b:limit\", c::int, d[1:n], $$ :limit $$, 'it''s', '7', -- :nothing",
        "  \"it's\" FROM t WHERE e='3' AND f = '3' /* :x */ LIMIT '3'",
      ].join('\n'),
    );
  });

  it('have several sets, each a query of its own under one number', async () => {
    const { queries } = await load(
      '-- title: Orders\n-- values small: $1 = 1\n-- values big customer: $1 = 2\n-- values: $1 = 3\nSELECT $1',
      'SELECT a + $1 FROM view',
    );
    expect(
      queries.map(({ id, number, title, sql, values, rewrites }) => [
        id,
        number,
        title,
        sql,
        values?.text,
        rewrites[0]?.sql,
      ]),
    ).toEqual([
      ['q', 1, 'Orders · small', "SELECT '1'", '$1 = 1', "SELECT a + '1' FROM view"],
      ['q#big-customer', 1, 'Orders · big customer', "SELECT '2'", '$1 = 2', "SELECT a + '2' FROM view"],
      ['q#3', 1, 'Orders · 3', "SELECT '3'", '$1 = 3', "SELECT a + '3' FROM view"],
    ]);
  });

  it('with one set the title stays as it is', async () => {
    const { queries } = await load('-- title: One\n-- values big: $1 = 1\nSELECT $1');
    expect(queries.map(({ id, title }) => [id, title])).toEqual([['q', 'One']]);
  });

  it.each([
    [
      'SELECT 1\n + :customer',
      'queries/q.sql:2:4: no value for the parameter :customer: give one in the comments at the top: -- values: :customer = …\n   + :customer\n     ^',
    ],
    ['-- values: $1 = 1\nSELECT $1, $2', 'queries/q.sql:2:12: no value for the parameter $2'],
    ['-- values: $1 = 1, :x = 2\nSELECT $1', 'queries/q.sql:1:20: the query has no parameter :x: it has $1'],
    [
      '-- values: $1 = 1\nSELECT 1',
      'queries/q.sql:1:12: the query has no parameter $1: it has no parameters: remove the line',
    ],
    ['-- values: $1 1\nSELECT $1', 'queries/q.sql:1:15: expected = after $1'],
    ['-- values: $1 =\nSELECT $1', 'queries/q.sql:1:16: expected a value for $1'],
    ['-- values: $1 = now()\nSELECT $1', 'queries/q.sql:1:17: expected a literal for $1'],
    ['-- values: $1 = 1; DROP TABLE t\nSELECT $1', 'queries/q.sql:1:17: expected a literal for $1'],
    ['-- values: $1 = 1 FROM t\nSELECT $1', 'queries/q.sql:1:17: expected a literal for $1'],
    ['-- values: x = 1\nSELECT $1', 'queries/q.sql:1:12: expected a parameter: $1 or :name'],
    ['-- values: $1 = 1, $1 = 2\nSELECT $1', 'queries/q.sql:1:20: a second value for $1'],
    ["-- é\n-- values: $1 = 'open\nSELECT $1", 'queries/q.sql:2:11: a quote is not closed in these values'],
    [
      '-- values a: $1 = 1\n-- values a: $1 = 2\nSELECT $1',
      'queries/q.sql:2:4: two sets of values are called a',
    ],
    ['-- values: :x = 1\nSELECT :x FORM t WHERE', 'queries/q.sql:2:16: syntax error at or near "t"'],
    ['-- values: :f = \'pg_terminate_backend\'\nSELECT :"f"(1)', 'may not call pg_terminate_backend()'],
  ])('%j is refused', async (text, message) => {
    expect(await refusal(text)).toContain(message);
  });

  it('have no values in prose that begins with the word', async () => {
    expect(await sqlOf('-- values of last year: none\nSELECT 1')).toEqual(['SELECT 1']);
  });

  it('of a rewrite are its query’s', async () => {
    expect(await refusal('-- values: $1 = 1\nSELECT $1', 'SELECT $2 FROM view')).toContain(
      'queries/q@view.sql:1:8: no value for the parameter $2',
    );
    expect(await refusal('-- values: $1 = 1\nSELECT $1', '-- values: $1 = 2\nSELECT $1')).toContain(
      'queries/q@view.sql:1:4: a rewrite uses the values of its query',
    );
  });
});

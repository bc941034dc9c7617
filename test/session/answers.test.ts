/** Same answer? On a real server: what is the same, what differs, and what ties may do. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatabaseError } from '../../src/base/databaseError.ts';
import { type Ask, compareRewrite, orNotCompared } from '../../src/session/answers.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('answers', [
    `CREATE TABLE sales AS SELECT g AS id, (g % 20)::int AS customer, (g % 5 + 1)::numeric(8, 2) AS amount FROM generate_series(1, 1000) g`,
    'CREATE TABLE floats AS SELECT g AS id, (random() * 1000)::float8 AS x FROM generate_series(1, 5000) g',
    // Twenty customers, four different totals: every quartile's edge is inside a tie or beside one.
    'CREATE TABLE totals AS SELECT customer, sum(amount) AS total FROM sales GROUP BY customer',
    'ANALYZE',
  ]);
});
afterAll(() => database.drop());

const compareAnswers = (ask: Ask, original: string, rewrite: string, limitMs: number, wasCancelled = false) =>
  orNotCompared(
    () => compareRewrite(ask, original, rewrite),
    limitMs,
    () => wasCancelled,
  );
const compare = (original: string, rewrite: string) =>
  compareAnswers(sql => database.link.query(sql), original, rewrite, 1000);

describe('the same answer', () => {
  it.each([
    [
      'SELECT customer, sum(amount) AS total FROM sales GROUP BY customer',
      'SELECT customer, total FROM totals',
    ],
    [
      'SELECT customer FROM totals ORDER BY customer',
      'SELECT customer FROM totals ORDER BY customer -- é'.replace(' -- é', ''),
    ],
    ['SELECT customer FROM totals ORDER BY customer, 1', 'SELECT customer FROM totals ORDER BY 1'],
    ['SELECT 1 AS a, 2 AS a', 'SELECT 1, 2'],
    ['SELECT NULL::int AS a', 'SELECT NULL::int'],
    ['SELECT 1 AS a WHERE false', 'SELECT 2 WHERE false'],
    ['VALUES (1), (2), (2)', 'VALUES (2), (1), (2)'],
    ['SELECT 1.50::numeric AS a', 'SELECT 1.5::numeric'],
  ])('%s', async (original, rewrite) => {
    expect(await compare(original, rewrite)).toMatchObject({
      verdict: 'same',
      differing: { original: 0, rewrite: 0 },
    });
  });

  it('is not disturbed by tables that are called like parts of the comparison', async () => {
    await database.link.query('CREATE TABLE original AS SELECT 7 AS n');
    expect(await compare('SELECT 7 AS n', 'SELECT n FROM original')).toMatchObject({ verdict: 'same' });
    expect(await compare('SELECT 8 AS n', 'SELECT n FROM original')).toMatchObject({ verdict: 'different' });
  });

  it('in another order is the same only where the query has none, or where sort keys are equal', async () => {
    const down = 'SELECT customer, total FROM totals ORDER BY customer DESC';
    const unordered = await compare('SELECT customer, total FROM totals', down);
    expect(unordered).toMatchObject({ verdict: 'same', how: expect.stringMatching(/has no order$/) });
    expect(await compare('SELECT customer, total FROM totals ORDER BY customer', down)).toMatchObject({
      verdict: 'different',
      explanation: 'the same rows in another order, from row 1 on',
      rows: { original: 20, rewrite: 20 },
    });
    const byTotal = 'SELECT customer, total FROM totals ORDER BY total';
    expect(await compare(byTotal, `${byTotal}, customer DESC`)).toMatchObject({
      verdict: 'same',
      how: 'all rows counted and compared in the database, and their order',
    });
    expect(await compare(`${byTotal}, customer`, `${byTotal}, customer DESC`)).toMatchObject({
      verdict: 'different',
    });
  });

  it('of types without equality is compared as text', async () => {
    const json = (value: string) => `SELECT id, '${value}'::json AS doc FROM sales WHERE id < 4`;
    expect(await compare(json('{"a": 1}'), json('{"a": 1}'))).toMatchObject({
      verdict: 'same',
      how: expect.stringContaining('as text'),
    });
    const other = await compare(json('{"a": 1}'), json('{"a": 2}'));
    expect(other).toMatchObject({ verdict: 'different', differing: { original: 3, rewrite: 3 } });
    expect(other.samples.original[0]?.[0]).toContain('""a"": 1');
  });
});

describe('another answer', () => {
  it('is counted as a multiset, with up to five rows of each side', async () => {
    const answer = await compare(
      'SELECT g AS n, NULL::text AS t FROM generate_series(1, 10) g',
      "VALUES (1, NULL), (1, NULL), (11, 'x')",
    );
    expect(answer).toMatchObject({
      verdict: 'different',
      rows: { original: 10, rewrite: 3 },
      differing: { original: 9, rewrite: 2 },
      columns: ['n', 't'],
      explanation: '9 rows only in the query’s answer, 2 rows only in the rewrite’s',
    });
    expect(answer.samples.original).toHaveLength(5);
    expect(answer.how).not.toContain('and their order');
    expect(answer.samples.rewrite).toEqual([
      ['1', null],
      ['11', 'x'],
    ]);
  });

  it('keeps digits that a double has not', async () => {
    const { samples } = await compare('SELECT 9007199254740993 AS n', 'SELECT 9007199254740992 AS n');
    expect(samples).toEqual({ original: [['9007199254740993']], rewrite: [['9007199254740992']] });
  });

  it.each([
    ['SELECT 1 AS a', 'SELECT 1, 2', /^the columns differ/],
    ['SELECT 1 AS a', "SELECT 'x'::text", /^the columns differ/],
    [
      'SELECT id, amount FROM sales',
      'SELECT id, amount + (id = 7)::int FROM sales',
      /^one row differs only in amount$/,
    ],
    [
      'SELECT sum(x) AS s FROM floats',
      'SELECT sum(x) + 1e-8 AS s FROM floats',
      /^one row differs only in the last digits: /,
    ],
    ['SELECT sum(x) AS s FROM floats', 'SELECT sum(x) + 1 AS s FROM floats', /only in the query’s answer/],
    ['SELECT count(*) AS n FROM floats', 'SELECT count(*) + 1 FROM floats', /only in the query’s answer/],
  ])('%s against %s', async (original, rewrite, explanation) => {
    const answer = await compare(original, rewrite);
    expect(answer.verdict).toBe('different');
    expect(answer.explanation).toMatch(explanation);
  });

  it('is absent if the server refuses or the caller stops waiting', async () => {
    expect(await compare('SELECT 1 AS a', 'SELECT 1 / (g - 1) FROM generate_series(1, 2) g')).toMatchObject({
      verdict: 'not compared',
      explanation: 'division by zero',
    });
    const late = () => Promise.reject(new DatabaseError('canceling statement', '57014'));
    expect(await compareAnswers(late, 'SELECT 1', 'SELECT 1', 60_000)).toMatchObject({
      verdict: 'not compared',
      explanation: 'it took longer than 1 min 00 s',
    });
    await expect(compareAnswers(late, 'SELECT 1', 'SELECT 1', 1, true)).rejects.toThrow('canceling');
  });
});

describe('ties', () => {
  const ntile = (order: string, extra = '') =>
    `SELECT customer, total${extra}, ntile(4) OVER (ORDER BY ${order}) AS quartile FROM totals`;

  it('at the edges of ntile() are recognized, also through a rewrite that hides it', async () => {
    await database.link.query(`CREATE TABLE IF NOT EXISTS kept AS ${ntile('total, customer DESC')}`);
    const answer = await compare(ntile('total'), 'SELECT customer, total, quartile FROM kept');
    expect(answer.verdict).toBe('same but for ties');
    expect(answer.explanation).toMatch(
      /^\d+ rows differ only in quartile: ntile\(\) numbers rows with equal total in an order that the query does not determine$/,
    );
  });

  it('do not explain another quartile where nothing ties, nor other values', async () => {
    const wrong = await compare(ntile('total'), ntile('total DESC'));
    expect(wrong).toMatchObject({
      verdict: 'different',
      explanation: expect.stringContaining('not only where rows tie'),
    });
    const values = await compare(ntile('total'), ntile('total').replace('total,', 'total + 1,'));
    expect(values.verdict).toBe('different');
  });

  it('leave open what a frame of ROWS counts, and what it takes from rows that are equal', async () => {
    const open = (what: string, order: string) =>
      `SELECT customer, total, ${what} OVER (ORDER BY ${order} ROWS UNBOUNDED PRECEDING) AS n FROM totals`;
    for (const what of ['count(*)', 'sum(total)', 'lag(total)'])
      expect(await compare(open(what, 'total, customer'), open(what, 'total, customer DESC'))).toMatchObject({
        verdict: 'different',
      });
    const told = await compare(open('count(*)', 'total'), open('count(*)', 'total, customer DESC'));
    const other = await compare(open('count(*)', 'total'), open('count(*)', 'total, customer'));
    const verdicts = [told, other].map(({ verdict }) => verdict);
    expect(verdicts).toContain('same but for ties');
    expect(verdicts).not.toContain('different');
    for (const what of ['sum(total)', 'lag(total)'])
      expect((await compare(open(what, 'total'), open(what, 'total, customer DESC'))).verdict).not.toBe(
        'different',
      );
  });

  it.each([
    'lag(customer) OVER (ORDER BY total)',
    'lead(customer) OVER (ORDER BY total)',
    'first_value(customer) OVER (ORDER BY total)',
    'last_value(customer) OVER (ORDER BY total)',
    'nth_value(customer, 2) OVER (ORDER BY total)',
    'sum(customer) OVER (ORDER BY total ROWS UNBOUNDED PRECEDING)',
  ])('leave %s open: that is said, and not taken for proven', async open => {
    const query = (order: string) =>
      `SELECT customer, total, ${open.replace('ORDER BY total', `ORDER BY ${order}`)} AS n FROM totals`;
    const both = [
      await compare(query('total'), query('total, customer DESC')),
      await compare(query('total'), query('total, customer')),
    ];
    const [told] = both.filter(({ verdict }) => verdict !== 'same');
    expect(told).toMatchObject({
      verdict: 'different',
      explanation: expect.stringMatching(
        /^(one row differs|\d+ rows differ) only in n; it is unknown whether ties explain it: \w+\(\) takes other values when rows with equal total change places/,
      ),
    });
  });

  it('do not touch what a window takes together', async () => {
    const sum = (order: string) =>
      `SELECT customer, total, sum(total) OVER (ORDER BY ${order}) AS n FROM totals`;
    expect((await compare(sum('total'), sum('total DESC'))).explanation).toMatch(/only in n$/);
  });

  it('is unknown from columns that are not there', async () => {
    const without = (order: string) =>
      `SELECT customer, ntile(4) OVER (ORDER BY ${order}) AS quartile FROM totals`;
    expect(await compare(without('total'), without('total, customer DESC'))).toMatchObject({
      verdict: 'different',
      explanation: expect.stringContaining('it is unknown whether'),
    });
  });

  it('at the edge of LIMIT are recognized; other rows are not', async () => {
    const top = (order: string, where = '') =>
      `SELECT customer, total FROM totals ${where} ORDER BY ${order} LIMIT 6`;
    expect(await compare(top('total, customer'), top('total, customer DESC'))).toMatchObject({
      verdict: 'different',
    });
    const byTotal = await compare(top('total'), top('total, customer DESC'));
    const other = await compare(top('total'), top('total, customer'));
    // One of the two orders is not the one that this plan happens to give.
    const told = [byTotal, other].filter(({ verdict }) => verdict === 'same but for ties');
    expect(told.length).toBeGreaterThan(0);
    expect(told[0]?.explanation).toMatch(
      /^(one row|\d+ rows) at the edge of LIMIT differs?: they are equal in all sort keys/,
    );
    expect([byTotal, other].filter(({ verdict }) => verdict === 'different')).toEqual([]);
    expect((await compare(top('total'), top('total DESC'))).verdict).toBe('different');
    // Behind a star, too.
    const starred = (order: string) => `SELECT t.*, 1 AS one FROM totals t ORDER BY ${order} LIMIT 6`;
    const behindStar = [
      await compare(starred('t.total'), starred('total, customer')),
      await compare(starred('total'), starred('total, customer DESC')),
    ].map(({ verdict }) => verdict);
    expect(behindStar).toContain('same but for ties');
    expect(behindStar).not.toContain('different');
    const invented = `SELECT customer + 100, total FROM totals ORDER BY total LIMIT 6`;
    expect((await compare(top('total'), invented)).verdict).toBe('different');
  });
});

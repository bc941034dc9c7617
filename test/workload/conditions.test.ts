/** What EXPLAIN prints of a condition → what it compares. */
import { expect, it } from 'vitest';
import { canonical, columnsIn, conjunctsOf, peeled, termsOf, wraps } from '../../src/workload/conditions.ts';
import { mentionsIn, replaceMentions } from '../../src/workload/mentions.ts';

const read = async (condition: string, alias = 'o') =>
  (await termsOf(condition, alias)).map(({ operator, sides, alternatives }) => [
    operator,
    ...sides.map(({ text, other }) => [text, other]),
    ...(alternatives.length === 0 ? [] : [{ or: alternatives }]),
  ]);

it('reads the sides of each comparison, without the alias', async () => {
  expect(await read('((o.num)::integer = 17)')).toEqual([['=', ['(num)::integer', '17']]]);
  expect(await read("((o.a > 1) AND (o.b ~~ 'x AND (y'::text))")).toEqual([
    ['>', ['a', '1']],
    ['~~', ['b', "'x AND (y'::text"]],
  ]);
  expect(await read('(o.big IS DISTINCT FROM 17)')).toEqual([['IS DISTINCT FROM', ['big', '17']]]);
  expect(await read("(o.a <> ALL ('{1,2}'::integer[]))")).toEqual([
    ['<> ALL', ['a', "('{1,2}'::integer[])"]],
  ]);
  expect(await read('(5 = ANY (o.arr))')).toEqual([['= ANY', ['arr', '5']]]);
  expect(await read('(o.active IS NOT FALSE)')).toEqual([['IS NOT FALSE', ['active', undefined]]]);
  expect(await read('(NOT o.active)')).toEqual([['NOT', ['active', undefined]]]);
  expect(await read('(NOT (o.r && o2.r))')).toEqual([['NOT &&', ['r', 'o2.r']]]);
  expect(await read("starts_with(o.foo, 'a'::text)")).toEqual([
    ['', ["starts_with(foo, 'a'::text)", undefined]],
  ]);
  expect(await read("(o.p OPERATOR(app.===) 'ü'::text)")).toEqual([['===', ['p', "'ü'::text"]]]);
  expect(await read(`("Own Accounts"."eMail" = 'x')`, 'Own Accounts')).toEqual([['=', ['"eMail"', "'x'"]]]);
});

it('takes the other table of a join, a parameter and a subquery for what is compared with', async () => {
  expect(await read('(o.customer = c.id)')).toEqual([['=', ['customer', 'c.id']]]);
  expect(await read('(c.id = o.customer)')).toEqual([['=', ['customer', 'c.id']]]);
  expect(await read('(o.a = $0)')).toEqual([['=', ['a', '$0']]]);
  expect(await read('(o.a = (InitPlan 1).col1)')).toEqual([['=', ['a', '(NULL)']]]);
  expect(await read('(NOT (hashed SubPlan 1))')).toEqual([]);
  expect(await read('(c.id = 5)')).toEqual([]);
  const [same] = await termsOf('(o.a = o.b)', 'o');
  expect(same?.sides.map(({ text, sameRow }) => [text, sameRow])).toEqual([
    ['a', true],
    ['b', true],
  ]);
});

it('keeps the other parts of an OR beside each part', async () => {
  expect(await read('((o.a = 1) OR (o.b = 2))')).toEqual([
    ['=', ['a', '1'], { or: ['b = 2'] }],
    ['=', ['b', '2'], { or: ['a = 1'] }],
  ]);
});

it('says nothing of what it cannot read', async () => {
  expect(await read('(o.a = ')).toEqual([]);
  expect(await read("(o.a = 'open)")).toEqual([]);
});

it('tells expressions apart, and casts of one', () => {
  expect(canonical('((a + b))')).toBe(canonical('a + b'));
  expect(canonical('a + b')).not.toBe(canonical('b + a'));
  expect(canonical('app.lower(x)')).toBe(canonical('lower(x)'));
  expect(wraps('(num)::integer', 'num')).toBe(true);
  expect(wraps('((num)::text)::integer', '(num)::text')).toBe(true);
  expect(wraps('(num)::text', '(num)::integer')).toBe(false);
  expect(wraps('num', 'num')).toBe(false);
  expect(columnsIn('lower(("eMail")::text) || x')).toEqual(['x', 'eMail']);
  expect(peeled('((a) + (b))')).toBe('(a) + (b)');
});

it('cuts a predicate at its ANDs', async () => {
  expect(await conjunctsOf('(active AND (id > 100) AND CASE WHEN a AND b THEN true END)')).toEqual([
    'active',
    'id > 100',
    'CASE WHEN a AND b THEN true END',
  ]);
});

it('finds where a text names relations, and puts something else there', async () => {
  const sql = `WITH log AS (SELECT * FROM log) SELECT * FROM log, ONLY app.log AS l, "Log" * TABLESAMPLE SYSTEM (1) WHERE l.x IN (TABLE other)`;
  const mentions = await mentionsIn(sql);
  expect(mentions.map(({ schema, name, alias }) => [schema, name, alias])).toEqual([
    [undefined, 'log', undefined],
    ['app', 'log', 'l'],
    [undefined, 'Log', undefined],
    [undefined, 'other', undefined],
  ]);
  const texts = mentions.map(({ name }) => (name === 'other' ? 'SELECT y' : `<${name}>`));
  expect(replaceMentions(sql, mentions, texts)).toBe(
    'WITH log AS (SELECT * FROM <log>) SELECT * FROM log, <log> AS l, <Log> TABLESAMPLE SYSTEM (1) WHERE l.x IN (SELECT y)',
  );
});

it('replaces a name with its UESCAPE', async () => {
  const sql = `SELECT * FROM app.U&"l!006fg" UESCAPE '!' AS l`;
  expect(replaceMentions(sql, await mentionsIn(sql), ['<log>'])).toBe('SELECT * FROM <log> AS l');
});

import { describe, expect, it } from 'vitest';
import { parsePlan } from '../../src/plan/parse.ts';
import { fixture, fixtureNames, fixtureText, node, planOf, type Raw } from './plans.ts';

describe('the fingerprint stays', () => {
  it.each(fixtureNames('estimated'))('%s: with and without ANALYZE', name => {
    expect(fixture(`${name}.analyzed`).fingerprint).toBe(fixture(`${name}.estimated`).fingerprint);
  });

  it('with and without VERBOSE, workers listed or not', () => {
    expect(fixture('parallel.analyzed').fingerprint).toBe(fixture('parallel-verbose.analyzed').fingerprint);
  });

  it('when VERBOSE names the only table in its conditions', () => {
    const plain = scan({ Filter: "((n > 1) AND (note <> 'orders.n'))" });
    const verbose = scan({
      Filter: "((orders.n > 1) AND (orders.note <> 'orders.n'))",
      Schema: 'public',
      Output: ['n'],
    });
    expect(print(verbose)).toBe(print(plain));
  });

  it.each(fixtureNames('analyzed'))('%s: on another machine, at another size', name => {
    const elsewhere = fixtureText(`${name}.analyzed`)
      .replace(/"(Workers (?:Planned|Launched))": [1-9]\d*/g, '"$1": 7')
      .replace(
        /"((?:[A-Z][\w-]* )*(?:Cost|Rows|Width|Time|Loops|Blocks|Used|Batches|Buckets|Usage))": [\d.]+/g,
        '"$1": 12345',
      );
    expect(elsewhere).not.toBe(fixtureText(`${name}.analyzed`));
    expect(parsePlan(elsewhere).fingerprint).toBe(fixture(`${name}.analyzed`).fingerprint);
  });

  it('is 16 hex digits', () => {
    expect(print(scan())).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('the fingerprint changes with', () => {
  const join = (type: string, fields: Raw, first = 'a', second = 'b') =>
    node(type, { 'Join Type': 'Inner', ...fields }, table(first), table(second));

  it.each([
    ['the index', scan({ 'Index Name': 'i' }), scan({ 'Index Name': 'j' })],
    ['the access', scan(), scan({ 'Node Type': 'Seq Scan' })],
    ['the direction', scan({ 'Scan Direction': 'Forward' }), scan({ 'Scan Direction': 'Backward' })],
    ['a condition', scan({ Filter: '(n > 1)' }), scan({ Filter: '(n > 2)' })],
    ['where a condition is checked', scan({ Filter: '(n > 1)' }), scan({ 'Index Cond': '(n > 1)' })],
    ['the kind of join', join('Hash Join', {}), join('Merge Join', {})],
    ['the type of join', join('Hash Join', {}), join('Hash Join', { 'Join Type': 'Left' })],
    ['the order of a join', join('Hash Join', {}), join('Hash Join', {}, 'b', 'a')],
    ['the sort order', node('Sort', { 'Sort Key': ['a'] }), node('Sort', { 'Sort Key': ['a DESC'] })],
    ['the strategy', node('Aggregate', { Strategy: 'Hashed' }), node('Aggregate', { Strategy: 'Sorted' })],
    ['parallelism', scan(), scan({ 'Parallel Aware': true })],
    ['workers or none', node('Gather', { 'Workers Planned': 0 }), node('Gather', { 'Workers Planned': 2 })],
    ['the table', scan(), scan({ 'Relation Name': 'items' })],
    ['the shape', node('Sort', {}, node('Limit', {}, scan())), node('Sort', {}, node('Limit'), scan())],
    [
      'a subplan',
      node('Sort', {}, scan({ 'Subplan Name': 'CTE a' })),
      node('Sort', {}, scan({ 'Subplan Name': 'CTE b' })),
    ],
  ])('%s', (_what, before, after) => {
    expect(print(after)).not.toBe(print(before));
  });

  it('anything that sets the recorded plans apart', () => {
    // timing-off and init-plan, parallel and parallel-verbose are one query each.
    const names = fixtureNames('analyzed').filter(
      name => name !== 'timing-off' && name !== 'parallel-verbose',
    );
    expect(new Set(names.map(name => fixture(`${name}.analyzed`).fingerprint)).size).toBe(names.length);
  });
});

function table(name: string): Raw {
  return node('Seq Scan', { 'Relation Name': name, Alias: name });
}

function scan(fields: Raw = {}): Raw {
  return node('Index Scan', { 'Relation Name': 'orders', Alias: 'orders', ...fields });
}

function print(raw: Raw): string {
  return planOf(raw).fingerprint;
}

describe('VERBOSE among several tables', () => {
  const join = (a: string, b: string) =>
    planOf(
      node(
        'Nested Loop',
        { 'Join Type': 'Inner', 'Join Filter': '(o.a = c.b)' },
        node('Seq Scan', { 'Relation Name': 'o', Alias: 'o', Filter: a }),
        node('Index Scan', { 'Relation Name': 'c', Alias: 'c', 'Index Name': 'i', 'Index Cond': b }),
      ),
    ).fingerprint;

  it('names a scan’s own columns by their table', () => {
    expect(join('((o.n % 2) = 0)', '(length(c.email) > o.a)')).toBe(
      join('((n % 2) = 0)', '(length(email) > o.a)'),
    );
  });

  it('but a literal stays what it is', () => {
    expect(join("(t = 'o.n'::text)", '(b = 1)')).not.toBe(join("(t = 'n'::text)", '(b = 1)'));
  });

  it('puts schemas before the tables of a foreign join', () => {
    const scan = (relations: string) => planOf(node('Foreign Scan', { Relations: relations })).fingerprint;
    expect(scan('(public.a) INNER JOIN ("S p".b)')).toBe(scan('(a) INNER JOIN (b)'));
    expect(scan('(a) INNER JOIN (b)')).not.toBe(scan('(a) LEFT JOIN (b)'));
  });
});

describe('VERBOSE names the table in', () => {
  const inJoin = (heap: Raw, index: Raw, alias = 'o') =>
    planOf(
      node(
        'Nested Loop',
        {},
        node('Seq Scan', { 'Relation Name': 'c', Alias: 'c' }),
        node(
          'Bitmap Heap Scan',
          { 'Relation Name': 'orders', Alias: alias, ...heap },
          node('BitmapAnd', {}, node('Bitmap Index Scan', { 'Index Name': 'i', ...index })),
        ),
      ),
    ).fingerprint;

  it('a bitmap’s heap scan and its index scans', () => {
    const plain = inJoin({ 'Recheck Cond': '(a = c.a)', Filter: '(n > 1)' }, { 'Index Cond': '(a = c.a)' });
    const verbose = { 'Recheck Cond': '(o.a = c.a)', Filter: '(o.n > 1)' };
    expect(inJoin(verbose, { 'Index Cond': '(o.a = c.a)' })).toBe(plain);
    expect(inJoin(verbose, { 'Index Cond': '(o.a = o.a)' })).not.toBe(plain);
  });

  it('quotes that only a reserved word needs', () => {
    expect(inJoin({ Filter: '("user".n > 1)' }, { 'Index Cond': '("user".a = c.a)' }, 'user')).toBe(
      inJoin({ Filter: '(n > 1)' }, { 'Index Cond': '(a = c.a)' }, 'user'),
    );
  });

  it('grouping sets, list by list', () => {
    const sets = (...keys: string[]) =>
      planOf(node('Aggregate', { 'Grouping Sets': [{ 'Sort Key': keys, 'Group Keys': [keys, []] }] }, scan()))
        .fingerprint;
    expect(sets('orders.a', 'orders."B c"')).toBe(sets('a', '"B c"'));
    expect(sets('a', 'b')).not.toBe(sets('b', 'a'));
  });

  it('all columns of a join on another server', () => {
    const join = (filter: string) =>
      planOf(
        node('Sort', {}, node('Foreign Scan', { Relations: '(a) INNER JOIN (b)', Filter: filter }), scan()),
      ).fingerprint;
    expect(join('((a.n + b.n) > f(1.5))')).toBe(join('((n + n) > f(1.5))'));
  });
});

it('a function that gives its name to the alias may not be printed at all', () => {
  const of = (fields: Raw) => planOf(node('Function Scan', fields)).fingerprint;
  expect(of({ Alias: 'f' })).toBe(of({ Alias: 'f', 'Function Name': 'f' }));
  expect(of({ Alias: 'g', 'Function Name': 'f' })).not.toBe(of({ Alias: 'g', 'Function Name': 'h' }));
});

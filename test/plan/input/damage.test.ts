import { describe, expect, it } from 'vitest';
import type { PgoptError } from '../../../src/errors.ts';
import { readPlans } from '../../../src/plan/input/read.ts';
import { read, root } from './reading.ts';

function refused(text: string): PgoptError {
  try {
    readPlans(text, 'plan.txt');
  } catch (error) {
    return error as PgoptError;
  }
  throw new Error('it was read');
}

describe('lines that mail and tickets broke', () => {
  const whole = read(`Hash Join  (cost=1.00..20.50 rows=10 width=8) (actual time=1.000..2.000 rows=10 loops=1)
  Hash Cond: ((a.x = b.x) AND (a.y = b.y))
  ->  Seq Scan on a  (cost=0.00..10.00 rows=10 width=4) (actual time=0.500..0.750 rows=10 loops=1)
        Filter: (a.z = ANY ('{1,2,3}'::integer[]))
  ->  Hash  (cost=0.50..0.50 rows=1 width=4) (never executed)
Execution Time: 2.500 ms`);

  it.each([
    ['among the figures', /(rows=\d+) (width)/g, '$1\n$2'],
    ['before the figures', / {2}\(cost/g, '\n(cost'],
    ['between the two', /\) \(actual/g, ')\n(actual'],
    ['in the middle of a number', /(cost=\d+\.\d)/g, '$1\n'],
    ['within a condition', / AND /g, ' AND\n'],
    ['within a condition, in front of a word', /ANY /g, '\n   ANY '],
    ['within a name', /Seq Scan/g, 'Seq\nScan'],
  ])('%s', (_where, pattern, broken) => {
    const text = `Hash Join  (cost=1.00..20.50 rows=10 width=8) (actual time=1.000..2.000 rows=10 loops=1)
  Hash Cond: ((a.x = b.x) AND (a.y = b.y))
  ->  Seq Scan on a  (cost=0.00..10.00 rows=10 width=4) (actual time=0.500..0.750 rows=10 loops=1)
        Filter: (a.z = ANY ('{1,2,3}'::integer[]))
  ->  Hash  (cost=0.50..0.50 rows=1 width=4) (never executed)
Execution Time: 2.500 ms`.replace(pattern, broken);
    expect(text.split('\n').length).toBeGreaterThan(6);
    expect(read(text)).toEqual(whole);
  });

  it('where a window cut them, in the middle of words', () => {
    const filter = `  Filter: ((description ~~ '%something rather long%'::text) AND (customer_number > 12345))`;
    const cut = `Seq Scan on t\n${filter.slice(0, 44)}\n${filter.slice(44, 88)}\n${filter.slice(88)}\n`;
    expect(root(cut).Filter).toBe(filter.slice('  Filter: '.length));
  });

  it('keeps the line ends of a text in quotes', () => {
    expect(
      root("Result\n  Filter: (a <> 'one\n  two\nFunny: three'::text)\n  Heap Fetches: 3"),
    ).toMatchObject({
      Filter: "(a <> 'one\n  two\nFunny: three'::text)",
      'Heap Fetches': 3,
    });
  });

  it('drops prose around and below the plan', () => {
    const text = `Hello, our Sort: it is slow\n\nSort\n  Sort Key: a\n  ->  Result\n\nAny idea?\nNote: we vacuum daily\n-> Bob`;
    expect(Object.keys(read(text))).toEqual(['Plan']);
    expect(root(text)).toMatchObject({ 'Sort Key': ['a'], Plans: [{ 'Node Type': 'Result' }] });
  });
});

it('gives no line the place of the tree itself', () => {
  const text =
    'Sort\n  Sort Key: a\n  Plans: 3\n  Node Type: x\n  Workers: 2\n  ->  Result\nPlanning Time: 0.5 ms\nPlan: x';
  expect(read(text)).toMatchObject({ Plan: { 'Node Type': 'Sort', Plans: [{ 'Node Type': 'Result' }] } });
  expect(root(text)).not.toHaveProperty('Workers');
});

describe('a text cut off in the middle', () => {
  it.each([
    ['in a heading', 'Sort  (cost=1.00..2.00 rows=1 width=4)\n  ->  Seq Scan on t  (cost=0.00..'],
    [
      'in a condition',
      "Sort  (cost=1.00..2.00 rows=1 width=4)\n  ->  Seq Scan on t\n        Filter: (a = 'x",
    ],
    ['at its beginning', '  ->  Sort  (cost=1.00..2.00 rows=1 width=4)\n        ->  Seq Scan on t'],
  ])('%s', (_where, text) => {
    expect(root(text)).toMatchObject({ 'Node Type': 'Sort', Plans: [{ 'Relation Name': 't' }] });
  });

  it('gives siblings without their parent as plans of their own', () => {
    expect(readPlans('   ->  Seq Scan on a\n   ->  Hash\n         ->  Seq Scan on b', 'x')).toMatchObject([
      { Plan: { 'Relation Name': 'a' } },
      { Plan: { 'Node Type': 'Hash', Plans: [{ 'Relation Name': 'b' }] } },
    ]);
  });
});

describe('what is no plan', () => {
  it.each([
    ['', 'there is nothing in it', { line: 1, column: 1, text: '' }],
    ['\n\n  What?\nNo.', 'no line of it is a node', { line: 3, column: 3, text: '  What?' }],
    ['intro\n- Plan:\n    Node Type: "Sort"', 'in YAML', { line: 2, column: 1, text: '- Plan:' }],
    ['<explain xmlns="x">\n <Query>', 'in XML', { line: 1, column: 1, text: '<explain xmlns="x">' }],
    ['[{"a": 1}]', '"Plan" is missing', { line: 1, column: 1, text: '[{"a": 1}]' }],
  ])('%j is refused with its place', (text, message, place) => {
    const error = refused(text);
    expect(error).toMatchObject({ code: 'plan-invalid', place: { file: 'plan.txt', ...place } });
    expect(error.message).toContain(message);
  });

  it('has the place of broken JSON within its frame', () => {
    expect(
      refused('shop=# EXPLAIN\n QUERY PLAN \n-----\n [      +\n   {    +\n   oops +\n ]\n(1 row)').place,
    ).toMatchObject({
      file: 'plan.txt',
      line: 6,
    });
  });
});

import { describe, expect, it } from 'vitest';
import type { PgoptError } from '../../../src/base/errors.ts';
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

  it('within a name in quotes', () => {
    const text = `Nested Loop  (cost=0.00..9.00 rows=1 width=4)
  ->  Seq Scan on "Order
Items (cost=1..2 rows=3 width=4)" oi  (cost=0.00..1.00 rows=1 width=4)
  ->  Seq Scan on a_rather_long_name_of_a_table_that_goes_on  (cost=0.00..1.00 rows=1 width=4)`;
    expect(root(text)).toMatchObject({
      Plans: [{ 'Relation Name': 'Order Items (cost=1..2 rows=3 width=4)', Alias: 'oi' }, {}],
    });
  });

  it('gives a condition no word that had room beside it', () => {
    const text = 'Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n  Filter: (v = 2)\nAny ideas?';
    expect(root(text)).toMatchObject({ Filter: '(v = 2)' });
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

describe('what is not whole is refused, with its line', () => {
  const head =
    'Sort  (cost=1.00..2.00 rows=1 width=4) (actual time=0.100..0.200 rows=1 loops=1)\n  Sort Key: a\n';
  const scan =
    '  ->  Seq Scan on t  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..0.020 rows=1 loops=1)';
  it.each<[string, string, number, string]>([
    ['a heading cut off', `${head}  ->  Seq Scan on t  (cost=0.00..`, 3, 'cut off'],
    ['a heading cut off in front of its run', `${head}${scan.slice(0, 54)}`, 3, 'figures'],
    ['a heading cut off in a number', `${head}${scan.slice(0, -10)}`, 3, 'cut off'],
    ['a sign that there was more', `${head}${scan}\n        Filter: ((a = 1) AND ...`, 4, 'cut off'],
    ['a condition', `${head}${scan}\n        Filter: (a = 'x`, 4, '"Filter" is cut off'],
    ['a list', `${head.replace('Key: a', 'Key: a,')}${scan}`, 2, '"Sort Key" is cut off'],
    ['counters', `${head}  Buffers: shared hi\n${scan}`, 3, '"Buffers" is cut off'],
    ['a worker', `${head}  Worker 0:  actual time=0.1..0.2 row\n${scan}`, 3, '"Worker 0" is cut off'],
    ['what was run', 'Result  (cost=0.00..0.01 rows=1 width=4)\nExecution Time: 1.0 ms', 1, 'executed'],
    ['the first line', `${scan}\n        Filter: (a = 1)`, 1, 'the first line of this plan is missing'],
    [
      'an input',
      `Hash Join\n  Hash Cond: (a = b)\n  ->  Seq Scan on a\nPlanning Time: 0.1 ms\n\nResult`,
      1,
      '2 inputs',
    ],
    [
      'the node of a subplan',
      `${head}${scan}\n        SubPlan 1\nPlanning Time: 0.1 ms`,
      4,
      'belongs to no node',
    ],
    [
      'a node within a condition',
      `${head}  Filter: (a = 1) ->  Seq Scan on u  (cost=0.00..1.00 rows=1 width=4)\n${scan}`,
      3,
      'a node is within "Filter"',
    ],
    [
      'a node on the line of its name',
      `${head}${scan}\n        SubPlan 1    ${scan.trim().replace('Seq Scan on t', 'Limit')}\n              ${scan.trim()}`,
      4,
      'the name of a subplan and its node are on one line',
    ],
    [
      'the name of a subplan behind figures',
      `${head}${scan}  SubPlan 1\n          ->  Result`,
      3,
      'on the line of the node',
    ],
    [
      'a heading of counters behind figures',
      `${head}${scan}Planning:\n  Buffers: shared hit=1`,
      3,
      'on the line of the node',
    ],
    ['settings', `${head}${scan}\nSettings: a = '1', work _mem = '2'`, 4, '"Settings" is cut off'],
    [
      "half a word in front of a constant's figures",
      `${scan.trim().slice(4)}\nE 'x (cost=0.00..1.00 rows=1 width=4)`,
      2,
      'damaged',
    ],
    ['a name in quotes', `${head}  ->  Seq Scan on "Order\n${scan}`, 3, 'cut'],
    [
      'an alias, with COSTS OFF',
      'Hash Join\n  Hash Cond: (a = b)\n  ->  Seq Scan on a\n  ->  Hash\n        ->  Seq Scan on a_long_name\nb',
      6,
      'belongs to no node',
    ],
    ['two nodes on a line', `${head}${scan}${scan}`, 3, 'two nodes'],
    ['a detail behind the figures', `${head}${scan} Filter: (a = 1)`, 3, 'on the line of the node'],
    [
      'two details on a line',
      `${head}${scan}\n        Filter: (a = 1) Index Cond: (b = 2)`,
      4,
      '"Filter" is cut off',
    ],
    ['damaged figures', `${head}${scan.replace('rows=1', 'rows=l')}`, 3, 'damaged'],
    ['a line left out', `${head}  ...\n${scan}`, 2, '"Sort Key" is cut off'],
    ['a node without figures', `${head}  ->  Seq Scan on t\n        Filter: (a = 1)`, 3, 'figures'],
  ])('%s', (_what, text, line, message) => {
    const error = refused(text);
    expect(error).toMatchObject({ code: 'plan-invalid', location: { file: 'plan.txt', line } });
    expect(error.message).toContain(message);
  });

  it.each([
    ['flush left', (line: string) => line.trimStart()],
    ['behind one blank', (line: string) => line.replace(/^ +/, ' ')],
  ])('lost indentation: %s', (_how, lose) => {
    const text = `Hash Join  (cost=1.00..9.00 rows=40 width=20)
  Hash Cond: (a.id = b.id)
  ->  Seq Scan on a  (cost=0.00..2.00 rows=100 width=8)
        Filter: (a.x = 1)
  ->  Hash  (cost=1.00..1.00 rows=10 width=8)
        ->  Seq Scan on b  (cost=0.00..2.00 rows=10 width=8)`;
    const error = refused(text.split('\n').map(lose).join('\n'));
    expect(error.message).toContain('the indentation of this plan is lost');
    expect(error.next).toContain('FORMAT JSON');
    expect(error.location).toMatchObject({ line: 3 });
  });

  it('reads a plan below prose with figures', () => {
    expect(read('With work_mem=64MB:\nResult  (cost=0.00..0.01 rows=1 width=4)')).toHaveProperty('Plan');
  });

  it.each([
    ["SQLite's", 'QUERY PLAN\n|--SCAN t\n`--SEARCH u USING INDEX i (a=?)'],
    ["Oracle's", '| Id  | Operation         | Name |\n|   0 | SELECT STATEMENT  |      |'],
    ["SQL Server's", '  |--Clustered Index Scan(OBJECT:([t]))'],
  ])('%s plan', (engine, text) => {
    expect(refused(text).message).toContain(engine);
  });

  it("MySQL's tree", () => {
    const text = '-> Nested loop inner join  (cost=4.95 rows=9) (actual time=0.153..0.200 rows=9 loops=1)';
    expect(refused(text).message).toContain("MySQL's");
  });

  it('reads a plan whose last line a person left out', () => {
    expect(root('Hash\n  Buckets: 1024  Batches: 1  Memory Usage: 9kB')).toMatchObject({
      'Hash Buckets': 1024,
    });
  });
});

describe('what is no plan', () => {
  it.each([
    ['', 'it is empty', { line: 1, column: 1, text: '' }],
    ['\n\n  What?\nNo.', 'no line is a plan node', { line: 3, column: 3, text: '  What?' }],
    ['<explain xmlns="x">\n <Query>', 'is not XML: ', { line: 2, column: 2, text: ' <Query>' }],
    ['[{"a": 1}]', '"Plan" is missing', { line: 1, column: 1, text: '[{"a": 1}]' }],
  ])('%j is refused with its location', (text, message, location) => {
    const error = refused(text);
    expect(error).toMatchObject({ code: 'plan-invalid', location: { file: 'plan.txt', ...location } });
    expect(error.message).toContain(message);
  });

  it('has the location of broken JSON within its frame', () => {
    expect(
      refused('shop=# EXPLAIN\n QUERY PLAN \n-----\n [      +\n   {    +\n   oops +\n ]\n(1 row)').location,
    ).toMatchObject({
      file: 'plan.txt',
      line: 6,
    });
  });
});

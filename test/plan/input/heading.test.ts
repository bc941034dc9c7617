import { describe, expect, it } from 'vitest';
import { properties, root } from './reading.ts';

const FLAGS = { 'Parallel Aware': false, 'Async Capable': false };

describe('the heading of a node', () => {
  it.each<[string, object]>([
    ['Seq Scan on orders', { 'Node Type': 'Seq Scan', 'Relation Name': 'orders', Alias: 'orders' }],
    ['Seq Scan on orders o', { 'Node Type': 'Seq Scan', 'Relation Name': 'orders', Alias: 'o' }],
    [
      'Seq Scan on public."Order ""Lines""" "my o"',
      { 'Node Type': 'Seq Scan', 'Relation Name': 'Order "Lines"', Schema: 'public', Alias: 'my o' },
    ],
    [
      'Index Scan Backward using "i on x" on s.t a',
      {
        'Node Type': 'Index Scan',
        'Scan Direction': 'Backward',
        'Index Name': 'i on x',
        'Relation Name': 't',
        Schema: 's',
        Alias: 'a',
      },
    ],
    [
      'Index Only Scan using i on t',
      {
        'Node Type': 'Index Only Scan',
        'Scan Direction': 'Forward',
        'Index Name': 'i',
        'Relation Name': 't',
        Alias: 't',
      },
    ],
    ['Bitmap Index Scan on i', { 'Node Type': 'Bitmap Index Scan', 'Index Name': 'i' }],
    ['CTE Scan on c c_1', { 'Node Type': 'CTE Scan', 'CTE Name': 'c', Alias: 'c_1' }],
    ['WorkTable Scan on c', { 'Node Type': 'WorkTable Scan', 'CTE Name': 'c', Alias: 'c' }],
    [
      'Function Scan on pg_catalog.generate_series g',
      { 'Node Type': 'Function Scan', 'Function Name': 'generate_series', Schema: 'pg_catalog', Alias: 'g' },
    ],
    [
      'Table Function Scan on "xmltable" x',
      { 'Node Type': 'Table Function Scan', 'Table Function Name': 'xmltable', Alias: 'x' },
    ],
    ['Values Scan on "*VALUES*"', { 'Node Type': 'Values Scan', Alias: '*VALUES*' }],
    ['Subquery Scan on x', { 'Node Type': 'Subquery Scan', Alias: 'x' }],
    ['Hash Join', { 'Node Type': 'Hash Join', 'Join Type': 'Inner' }],
    ['Hash Right Anti Join', { 'Node Type': 'Hash Join', 'Join Type': 'Right Anti' }],
    ['Merge Full Join', { 'Node Type': 'Merge Join', 'Join Type': 'Full' }],
    ['Nested Loop', { 'Node Type': 'Nested Loop', 'Join Type': 'Inner' }],
    ['Nested Loop Semi Join', { 'Node Type': 'Nested Loop', 'Join Type': 'Semi' }],
    ['Aggregate', { 'Node Type': 'Aggregate', Strategy: 'Plain', 'Partial Mode': 'Simple' }],
    ['Finalize GroupAggregate', { 'Node Type': 'Aggregate', Strategy: 'Sorted', 'Partial Mode': 'Finalize' }],
    ['HashSetOp Except All', { 'Node Type': 'SetOp', Strategy: 'Hashed', Command: 'Except All' }],
    ['SetOp Intersect', { 'Node Type': 'SetOp', Strategy: 'Sorted', Command: 'Intersect' }],
    [
      'Insert on orders',
      { 'Node Type': 'ModifyTable', Operation: 'Insert', 'Relation Name': 'orders', Alias: 'orders' },
    ],
    [
      'Foreign Update on far',
      { 'Node Type': 'Foreign Scan', Operation: 'Update', 'Relation Name': 'far', Alias: 'far' },
    ],
    ['Foreign Scan', { 'Node Type': 'Foreign Scan', Operation: 'Select' }],
    [
      'Custom Scan (ChunkAppend) on metrics',
      {
        'Node Type': 'Custom Scan',
        'Custom Plan Provider': 'ChunkAppend',
        'Relation Name': 'metrics',
        Alias: 'metrics',
      },
    ],
    ['Someday Scan on t', { 'Node Type': 'Someday Scan', 'Relation Name': 't', Alias: 't' }],
  ])('%s', (text, expected) => {
    const costs = { 'Startup Cost': 0.5, 'Total Cost': 12, 'Plan Rows': 3, 'Plan Width': 4 };
    const node = root(`${text}  (cost=0.50..12.00 rows=3 width=4)`);
    expect(node).toEqual({ ...FLAGS, ...expected, ...costs, ...singleCopy(node) });
  });

  function singleCopy(node: object): object {
    return 'Single Copy' in node ? { 'Single Copy': false } : {};
  }

  it('reads flags before the name', () => {
    expect(root('Parallel Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)')).toMatchObject({
      'Node Type': 'Seq Scan',
      'Parallel Aware': true,
      'Async Capable': false,
    });
    expect(root('Async Foreign Scan on t  (cost=0.00..1.00 rows=1 width=4)')).toMatchObject({
      'Node Type': 'Foreign Scan',
      'Async Capable': true,
    });
  });

  it.each<[string, object]>([
    [
      '(actual time=0.010..1.250 rows=3 loops=2)',
      { 'Actual Startup Time': 0.01, 'Actual Total Time': 1.25, 'Actual Rows': 3, 'Actual Loops': 2 },
    ],
    ['(actual rows=2.50 loops=4)', { 'Actual Rows': 2.5, 'Actual Loops': 4 }],
    ['(never executed)', { 'Actual Rows': 0, 'Actual Loops': 0 }],
    ['(actual rows=1 loops=1)   <-- slow!', { 'Actual Rows': 1, 'Actual Loops': 1 }],
  ])('reads %s', (figures, expected) => {
    const costs = { 'Startup Cost': 0, 'Total Cost': 1, 'Plan Rows': 1, 'Plan Width': 4 };
    const node = root(`Result  (cost=0.00..1.00 rows=1 width=4) ${figures}`);
    expect(properties(node)).toEqual({ ...costs, ...expected });
    expect(properties(root(`Result ${figures}`))).toEqual(expected);
  });

  it('gives a node that never ran the times of one that did, where nodes have times', () => {
    const text = 'Limit (actual time=1.0..2.0 rows=0 loops=1)\n  ->  Result (never executed)';
    expect(root(text).Plans).toMatchObject([
      { 'Actual Startup Time': 0, 'Actual Total Time': 0, 'Actual Rows': 0, 'Actual Loops': 0 },
    ]);
  });

  it('knows a function from an alias of several under VERBOSE', () => {
    const several = 'Function Scan on r  (cost=0.00..1.00 rows=1 width=4)\n  Function Call: f(1), g(2)';
    expect(root(several)).not.toHaveProperty('Function Name');
    expect(root(several)).toMatchObject({ Alias: 'r', 'Function Call': 'f(1), g(2)' });
  });
});

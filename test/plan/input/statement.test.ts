import { describe, expect, it } from 'vitest';
import { readPlans } from '../../../src/plan/input/read.ts';
import { read } from './reading.ts';

const RESULT = 'Result  (cost=0.00..0.01 rows=1 width=4) (actual time=0.001..0.002 rows=1 loops=1)';

describe('what stands below the tree', () => {
  it('becomes keys of the statement', () => {
    const { Plan: _, ...rest } = read(`${RESULT}
  Output: 1
Settings: work_mem = '64MB', search_path = '"$user", public', jit = 'off'
Query Identifier: 4711
Planning:
  Buffers: shared hit=16 read=1
  Memory: used=9kB  allocated=16kB
Planning Time: 0.250 ms
Trigger audit on orders: time=1.250 calls=3
Trigger for constraint orders_customer_fk on orders: time=0.500 calls=2
Trigger RI_1 for constraint "odd: on name" on orders: calls=1
JIT:
  Functions: 3
  Options: Inlining false, Optimization false, Expressions true, Deforming true
  Timing: Generation 1.500 ms (Deform 0.400 ms), Inlining 0.000 ms, Optimization 0.250 ms, Emission 2.500 ms, Total 4.250 ms
Serialization: time=0.012 ms  output=1kB  format=text
  Buffers: shared hit=2
Execution Time: 5.750 ms`);
    expect(rest).toMatchObject({
      Settings: { work_mem: '64MB', search_path: '"$user", public', jit: 'off' },
      'Query Identifier': 4711,
      Planning: {
        'Shared Hit Blocks': 16,
        'Shared Read Blocks': 1,
        'Memory Used': 9,
        'Memory Allocated': 16,
      },
      'Planning Time': 0.25,
      Triggers: [
        { 'Trigger Name': 'audit', Relation: 'orders', Time: 1.25, Calls: 3 },
        { 'Constraint Name': 'orders_customer_fk', Relation: 'orders', Time: 0.5, Calls: 2 },
        { 'Trigger Name': 'RI_1', 'Constraint Name': '"odd: on name"', Relation: 'orders', Calls: 1 },
      ],
      JIT: {
        Functions: 3,
        Options: { Inlining: false, Optimization: false, Expressions: true, Deforming: true },
        Timing: {
          Generation: { Deform: 0.4, Total: 1.5 },
          Inlining: 0,
          Optimization: 0.25,
          Emission: 2.5,
          Total: 4.25,
        },
      },
      Serialization: { Time: 0.012, 'Output Volume': 1, Format: 'text', 'Shared Hit Blocks': 2 },
      'Execution Time': 5.75,
    });
  });

  it.each([
    ['Planning time: 0.5 ms\nExecution time: 1.5 ms', { 'Planning Time': 0.5, 'Execution Time': 1.5 }],
    ['Total runtime: 2.5 ms', { 'Execution Time': 2.5 }],
  ])('reads what old versions say: %s', (text, expected) => {
    expect(read(`${RESULT}\n${text}`)).toMatchObject(expected);
  });

  it('keeps an identifier that no number can hold as text', () => {
    expect(read(`${RESULT}\nQuery Identifier: -7373486843245789123`)).toMatchObject({
      'Query Identifier': '-7373486843245789123',
    });
  });

  it('has triggers only where the statement ran', () => {
    expect(read(RESULT)).toMatchObject({ Triggers: [] });
    expect(read('Result  (cost=0.00..0.01 rows=1 width=4)')).not.toHaveProperty('Triggers');
  });

  it('gives the JIT of version 12 to its workers', () => {
    const text = `Gather (actual rows=1 loops=1)\n  Workers Planned: 1\n  ->  Result (actual rows=1 loops=1)
JIT for worker 0:\n  Functions: 2\nExecution Time: 1.0 ms`;
    expect(read(text)).toMatchObject({
      Plan: { Workers: [{ 'Worker Number': 0, JIT: { Functions: 2 } }] },
      'Execution Time': 1,
    });
  });
});

describe('several statements', () => {
  it('begin with nodes that have no arrow', () => {
    const plans = readPlans(
      `${RESULT}\nExecution Time: 1.0 ms\n\nDelete on t\n  ->  Seq Scan on t\n\nUpdate on u\n  ->  Seq Scan on u`,
      'x',
    );
    expect(plans).toMatchObject([
      { 'Execution Time': 1 },
      { Plan: { Operation: 'Delete', Plans: [{ 'Relation Name': 't' }] } },
      { Plan: { Operation: 'Update', Plans: [{ 'Relation Name': 'u' }] } },
    ]);
  });
});

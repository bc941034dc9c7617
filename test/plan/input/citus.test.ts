import { describe, expect, it } from 'vitest';
import { readPlans } from '../../../src/plan/input/read.ts';
import { parsePlan } from '../../../src/plan/parse.ts';
import { flattenPlan } from '../../../src/plan/tree.ts';
import { read, root } from './reading.ts';

const CUSTOM = { 'Node Type': 'Custom Scan', 'Custom Plan Provider': 'Citus Adaptive' };

/** The slowest of the tasks is shown: another shard each time. */
const task = (shard: number) => ` Custom Scan (Citus Adaptive)  (cost=0.00..0.00 rows=100000 width=8)
   Task Count: 8
   Tasks Shown: One of 8
   ->  Task
         Node: host=w1 port=5432 dbname=shop
         ->  Sort  (cost=8.00..8.10 rows=1 width=8)
               Sort Key: (lower((log_20260130_${shard}.kind)::text))
               ->  Index Scan using log_20260130_kind_idx_${shard} on log_20260130_${shard} log_20260130  (cost=0.40..8.42 rows=1 width=8)
                     Index Cond: (kind = 'log_20260131'::text)`;

describe('what Citus writes', () => {
  it('of shards the tables that they are of: which of them was slowest is no other plan', () => {
    const plan = parsePlan(readPlans(task(102_008), 'plan.txt')[0]);
    const nodes = flattenPlan(plan);
    expect(nodes.at(-1)).toMatchObject({ relation: 'log_20260130', index: 'log_20260130_kind_idx' });
    expect(JSON.stringify(nodes)).not.toContain('102008');
    expect(parsePlan(readPlans(task(102_013), 'plan.txt')[0]).fingerprint).toBe(plan.fingerprint);
    // Without tasks such a name is a table's own.
    const alone = ' Seq Scan on log_20260130  (cost=0.00..8.10 rows=1 width=8)';
    expect(parsePlan(readPlans(alone, 'plan.txt')[0]).root.relation).toBe('log_20260130');
  });

  it('a job with a task, whose plan has times of its own', () => {
    const text = ` Aggregate  (cost=250.00..250.01 rows=1 width=8) (actual time=9.000..9.500 rows=1 loops=1)
   ->  Custom Scan (Citus Adaptive)  (cost=0.00..0.00 rows=1000 width=8) (actual time=8.000..8.500 rows=4 loops=1)
         Task Count: 4
         Tuple data received from nodes: 32 bytes
         Tasks Shown: One of 4
         ->  Task
               Query: SELECT count(*) FROM public.orders_102 orders WHERE true
               Tuple data received from node: 8 bytes
               Node: host=w1 port=5432 dbname=shop
               ->  Aggregate  (cost=20.00..20.01 rows=1 width=8) (actual time=0.500..0.750 rows=1 loops=1)
                     Output: count(*)
                     ->  Seq Scan on orders_102 orders  (cost=0.00..18.00 rows=800 width=0) (actual time=0.010..0.250 rows=800 loops=1)
                   Planning Time: 0.125 ms
                   Execution Time: 1.250 ms
 Planning Time: 2.500 ms
 Execution Time: 10.750 ms`;
    const plan = read(text);
    expect(plan).toMatchObject({ 'Planning Time': 2.5, 'Execution Time': 10.75 });
    expect(root(text)).toMatchObject({
      Plans: [
        {
          ...CUSTOM,
          'Parent Relationship': 'Outer',
          'Distributed Query': {
            Job: {
              'Task Count': 4,
              'Tuple data received from nodes': '32 bytes',
              'Tasks Shown': 'One of 4',
              Tasks: [
                {
                  Query: 'SELECT count(*) FROM public.orders_102 orders WHERE true',
                  'Tuple data received from node': '8 bytes',
                  Node: 'host=w1 port=5432 dbname=shop',
                  'Remote Plan': [
                    [
                      {
                        Plan: {
                          'Node Type': 'Aggregate',
                          Output: ['count(*)'],
                          Plans: [
                            { 'Node Type': 'Seq Scan', 'Relation Name': 'orders_102', Alias: 'orders' },
                          ],
                        },
                        'Planning Time': 0.125,
                        'Execution Time': 1.25,
                      },
                    ],
                  ],
                },
              ],
            },
          },
        },
      ],
    });
    expect(JSON.stringify(plan)).not.toMatch(/"Plans":\[\]|"Plans":\[\{"Node Type":"Task"/);
  });

  it('subplans, which come before the job', () => {
    const text = `Custom Scan (Citus Adaptive)
  ->  Distributed Subplan 3_1
        Subplan Duration: 1.25 ms
        Intermediate Data Size: 14 kB
        Result destination: Send to 2 nodes, write locally
        ->  Limit
              ->  Custom Scan (Citus Adaptive)
                    Task Count: 1
                    Tasks Shown: All
                    ->  Task
                          Node: host=w1 port=5432 dbname=shop
                          ->  Seq Scan on a_1 a
  ->  Distributed Subplan 3_2
        ->  Result
  Task Count: 2
  Tasks Shown: All
  ->  Task
        Node: host=w1 port=5432 dbname=shop
        ->  Result
  ->  Task
        Node: host=w2 port=5432 dbname=shop
        ->  Result
Planning Time: 1.5 ms`;
    const remote = [[{ Plan: { 'Node Type': 'Result' } }]];
    expect(read(text)).toMatchObject({ 'Planning Time': 1.5 });
    expect(root(text)).toMatchObject({
      ...CUSTOM,
      'Distributed Query': {
        Subplans: [
          {
            'Subplan Duration': 1.25,
            'Intermediate Data Size': '14 kB',
            'Result destination': 'Send to 2 nodes, write locally',
            PlannedStmt: [
              {
                Plan: {
                  'Node Type': 'Limit',
                  Plans: [
                    {
                      ...CUSTOM,
                      'Distributed Query': {
                        Job: { 'Task Count': 1, Tasks: [{ 'Remote Plan': [[{ Plan: { Alias: 'a' } }]] }] },
                      },
                    },
                  ],
                },
              },
            ],
          },
          { PlannedStmt: [{ Plan: { 'Node Type': 'Result' } }] },
        ],
        Job: {
          'Task Count': 2,
          'Tasks Shown': 'All',
          Tasks: [
            { Node: 'host=w1 port=5432 dbname=shop', 'Remote Plan': remote },
            { Node: 'host=w2 port=5432 dbname=shop', 'Remote Plan': remote },
          ],
        },
      },
    });
    expect(root(text)).not.toHaveProperty('Plans');
  });

  it('jobs that repartition, nested', () => {
    const text = `Custom Scan (Citus Adaptive)
  Task Count: 6
  Tasks Shown: None, not supported for re-partition queries
  ->  MapMergeJob
        Map Task Count: 6
        Merge Task Count: 6
        ->  MapMergeJob
              Map Task Count: 2
              Merge Task Count: 6
  ->  MapMergeJob
        Map Task Count: 1
        Merge Task Count: 6`;
    expect(root(text)['Distributed Query']).toEqual({
      Job: {
        'Task Count': 6,
        'Tasks Shown': 'None, not supported for re-partition queries',
        'Dependent Jobs': [
          {
            'Map Task Count': 6,
            'Merge Task Count': 6,
            'Dependent Jobs': [{ 'Map Task Count': 2, 'Merge Task Count': 6 }],
          },
          { 'Map Task Count': 1, 'Merge Task Count': 6 },
        ],
      },
    });
  });

  it('INSERT … SELECT by way of the coordinator, and a job without tasks', () => {
    expect(
      root(
        'Custom Scan (Citus INSERT ... SELECT)\n  INSERT/SELECT method: pull to coordinator\n  ->  Limit\n        ->  Result',
      ),
    ).toMatchObject({
      'Custom Plan Provider': 'Citus INSERT ... SELECT',
      'INSERT/SELECT method': 'pull to coordinator',
      'Select Query': [{ Plan: { 'Node Type': 'Limit', Plans: [{ 'Node Type': 'Result' }] } }],
    });
    expect(root('Custom Scan (Citus Adaptive)\n  Task Count: 0\n  Tasks Shown: All')).toMatchObject({
      'Distributed Query': { Job: { 'Task Count': 0, 'Tasks Shown': 'All', Tasks: [] } },
    });
  });

  it('version 6, which had no node of its own', () => {
    const text = ` Distributed Query into pg_merge_job_0038
   Executor: Real-Time
   Task Count: 2
   Tasks Shown: One of 2
   ->  Task
         Node: host=w1 port=5432 dbname=shop
         ->  Aggregate  (cost=1.00..1.01 rows=1 width=8)
               ->  Seq Scan on orders_102 orders  (cost=0.00..1.00 rows=1 width=0)
 Master Query
   ->  Aggregate  (cost=0.00..0.02 rows=1 width=0)
         ->  Seq Scan on pg_merge_job_0038  (cost=0.00..0.00 rows=0 width=0)
 Planning time: 1.5 ms`;
    expect(read(text)).toMatchObject({
      Plan: {
        'Node Type': 'Distributed Query',
        Executor: 'Real-Time',
        'Distributed Query': {
          Job: { 'Task Count': 2, Tasks: [{ 'Remote Plan': [[{ Plan: { 'Node Type': 'Aggregate' } }]] }] },
        },
        Plans: [{ 'Node Type': 'Aggregate', Plans: [{ 'Relation Name': 'pg_merge_job_0038' }] }],
      },
      'Planning Time': 1.5,
    });
  });
});

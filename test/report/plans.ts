/** Plans that no fixture has: of Citus, and one of many levels. */
import { node, type Raw, ran } from '../plan/plans.ts';

const rows = (planned: number, came: number): Raw => ({
  'Plan Rows': planned,
  'Plan Width': 16,
  'Actual Rows': came,
  'Total Cost': planned,
});

const task = (host: string, shard: string, ms: number, hit: number): Raw => ({
  Node: `host=${host} port=5432 dbname=shop`,
  'Remote Plan': [
    [
      {
        Plan: ran(
          'Aggregate',
          ms,
          1,
          {
            Strategy: 'Hashed',
            'Partial Mode': 'Simple',
            'Group Key': ['status'],
            'HashAgg Batches': 1,
            'Peak Memory Usage': 24,
            'Disk Usage': 0,
            ...rows(4, 4),
          },
          ran('Seq Scan', ms - 9, 1, {
            'Relation Name': shard,
            Alias: 'orders',
            'Shared Hit Blocks': hit,
            ...rows(40_000, 41_000),
          }),
        ),
        'Planning Time': 0.2,
        'Execution Time': ms + 1,
      },
    ],
  ],
});

/** As Citus 12 prints a query with a subplan, of whose 32 tasks two are shown. */
export const CITUS: readonly Raw[] = [
  {
    Plan: ran(
      'Sort',
      32,
      1,
      {
        'Sort Key': ['(sum(remote_scan.total)) DESC'],
        'Sort Method': 'quicksort',
        'Sort Space Used': 25,
        'Sort Space Type': 'Memory',
        ...rows(200, 4),
      },
      ran('Custom Scan', 31, 1, {
        'Custom Plan Provider': 'Citus Adaptive',
        ...rows(100_000, 128),
        // Citus always says so.
        'Total Cost': 0,
        'Distributed Query': {
          Subplans: [
            {
              'Subplan Duration': '3.20 ms',
              'Intermediate Data Size': '1800 bytes',
              'Result destination': 'Send to 2 nodes',
              PlannedStmt: [
                {
                  Plan: ran('Limit', 3, 1, rows(100, 100), ran('Seq Scan', 2, 1, rows(100, 100))),
                  'Planning Time': 0.1,
                  'Execution Time': 3,
                },
              ],
            },
          ],
          Job: {
            'Task Count': 32,
            'Tuple data received from nodes': '4096 bytes',
            'Tasks Shown': 'All',
            Tasks: [task('w1', 'orders_102008', 25, 70), task('w2', 'orders_102009', 21, 64)],
          },
        },
      }),
    ),
    'Planning Time': 1.4,
    'Execution Time': 33,
  },
];

/** One below the other: a Seq Scan beneath so many levels. @param scan More of the scan. */
export function chain(levels: number, scan: Raw = {}): Raw {
  let plan: Raw = ran('Seq Scan', 1, 1, { 'Relation Name': 't', Alias: 't', ...scan });
  for (let level = 1; level < levels; level++)
    plan = node('Subquery Scan', { Alias: `s${level}`, ...figures }, plan);
  return plan;
}

const figures: Raw = { 'Actual Total Time': 1, 'Actual Rows': 1, 'Actual Loops': 1, 'Total Cost': 1 };

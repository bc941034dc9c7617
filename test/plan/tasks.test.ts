/** Plans of Citus: what all tasks come to, whichever was slowest. */
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../../src/plan/parse.ts';

const scan = (ms: number, index?: string) => ({
  'Node Type': index === undefined ? 'Seq Scan' : 'Index Scan',
  'Relation Name': 'orders',
  Alias: 'orders',
  ...(index === undefined ? {} : { 'Index Name': index }),
  'Actual Total Time': ms,
  'Actual Rows': 1,
  'Actual Loops': 1,
});
const planOf = (tasks: readonly object[]) =>
  parsePlan([
    {
      Plan: {
        'Node Type': 'Custom Scan',
        'Custom Plan Provider': 'Citus Adaptive',
        'Actual Total Time': 30,
        'Actual Rows': 1,
        'Actual Loops': 1,
        'Distributed Query': {
          Job: {
            'Task Count': tasks.length,
            'Tasks Shown': 'All',
            Tasks: tasks.map((Plan, at) => ({ Node: `host=w${at}`, 'Remote Plan': [[{ Plan }]] })),
          },
        },
      },
    },
  ]);

describe('the tasks of a distributed query', () => {
  it('are one set for the fingerprint: neither order nor number counts, but each kind does', () => {
    const one = planOf([scan(1), scan(2, 'by_id')]).fingerprint;
    expect(planOf([scan(9, 'by_id'), scan(1), scan(3)]).fingerprint).toBe(one);
    expect(planOf([scan(1), scan(2)]).fingerprint).not.toBe(one);
  });

  it('have a summary where they hang: how many, the slowest, the work of all', () => {
    const { root } = planOf([scan(5), scan(20), scan(10)]);
    expect(root.children).toHaveLength(3);
    expect(root.details.find(({ key }) => key === 'Tasks')?.value).toBe('3; slowest 20 ms, 35 ms together');
  });

  it('count in the cost of the whole, which Citus leaves at 0', () => {
    const costing = (cost: number, Plans: object[] = []) => ({ ...scan(1), 'Total Cost': cost, Plans });
    const plan = planOf([costing(40, [costing(30)]), costing(60)]);
    expect(plan.root.totalCost).toBe(0);
    expect(plan.totalCost).toBe(100);
  });

  it('are known to be hidden where Citus repartitions', () => {
    const job = { 'Task Count': 12, 'Tasks Shown': 'None, not supported for re-partition queries' };
    const hidden = { 'Node Type': 'Custom Scan', 'Distributed Query': { Job: job } };
    expect(parsePlan([{ Plan: hidden }]).hiddenTasks).toBe(true);
    expect(planOf([scan(1)]).hiddenTasks).toBeUndefined();
  });
});

it('counts no batches of TimescaleDB as a condition', () => {
  const scanned = (more: object) =>
    parsePlan([{ Plan: { 'Node Type': 'Custom Scan', ...more } }]).fingerprint;
  expect(scanned({ 'Batches Removed by Filter': 3 })).toBe(scanned({}));
});

/** Plans of Citus: what all tasks come to, whichever was slowest. */
import { describe, expect, it } from 'vitest';
import { misestimates } from '../../src/plan/accounting/estimates.ts';
import { parsePlan } from '../../src/plan/parse.ts';
import { flattenPlan } from '../../src/plan/tree.ts';

const scan = (ms: number, index?: string) => ({
  'Node Type': index === undefined ? 'Seq Scan' : 'Index Scan',
  'Relation Name': 'orders',
  Alias: 'orders',
  ...(index === undefined ? {} : { 'Index Name': index }),
  'Actual Total Time': ms,
  'Actual Rows': 1,
  'Actual Loops': 1,
});
const citusJob = (tasks: readonly object[]) => ({
  'Distributed Query': {
    Job: {
      'Task Count': tasks.length,
      'Tasks Shown': 'All',
      Tasks: tasks.map((Plan, at) => ({ Node: `host=w${at}`, 'Remote Plan': [[{ Plan }]] })),
    },
  },
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
        ...citusJob(tasks),
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

  it('give as many rows as they give: what Citus assumes of them is no misestimate, also above', () => {
    const task = { ...scan(1), 'Plan Rows': 1, 'Actual Rows': 5000 };
    const { root } = planOf([task]);
    const above = {
      'Node Type': 'Sort',
      'Plan Rows': 100_000,
      'Actual Total Time': 40,
      'Actual Rows': 1,
      'Actual Loops': 1,
    };
    const nodes = flattenPlan(
      parsePlan([
        { Plan: { ...above, Plans: [{ ...root.raw, 'Plan Rows': 100_000, ...citusJob([task]) }] } },
      ]),
    );
    const found = misestimates(nodes).map((one, id) => (one === undefined ? undefined : nodes[id]?.nodeType));
    expect(found.filter(type => type !== undefined)).toEqual(['Seq Scan']);
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

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exclusiveCosts } from '../../src/plan/accounting/costs.ts';
import { costliestNode } from '../../src/plan/accounting/exclusive.ts';
import { flattenPlan } from '../../src/plan/tree.ts';
import { anyTree, fixture, node, planOf, type Raw, ran } from './plans.ts';

const costing = (type: string, cost: number, fields: Raw = {}, ...children: Raw[]) =>
  node(type, { 'Total Cost': cost, 'Plan Rows': 1, ...fields }, ...children);

function costs(raw: Raw): readonly number[] {
  return exclusiveCosts(flattenPlan(planOf(raw))).map(cost => Math.round(cost * 100) / 100);
}

describe('exclusive cost', () => {
  it('is what a node adds to its children, InitPlans included', () => {
    const plan = costing(
      'Sort',
      100,
      {},
      costing('Result', 20, { 'Parent Relationship': 'InitPlan' }),
      costing('Seq Scan', 70),
    );
    expect(costs(plan)).toEqual([10, 20, 70]);
  });

  it('of the inner side of a nested loop counts every outer row', () => {
    const plan = costing(
      'Nested Loop',
      1000,
      {},
      costing('Seq Scan', 100, { 'Plan Rows': 80 }),
      costing('Index Scan', 10),
    );
    expect(costs(plan)).toEqual([100, 100, 800]);
  });

  it('below a looped node loops with it', () => {
    const inner = costing('Limit', 10, {}, costing('Index Scan', 9));
    const plan = costing('Nested Loop', 1000, {}, costing('Seq Scan', 100, { 'Plan Rows': 80 }), inner);
    expect(costs(plan)).toEqual([100, 100, 80, 720]);
  });

  it('of a SubPlan counts every row, of a hashed one once', () => {
    const sub = costing('Seq Scan', 8, { 'Parent Relationship': 'SubPlan', 'Subplan Name': 'SubPlan 1' });
    expect(costs(costing('Seq Scan', 100, { 'Plan Rows': 10, Filter: '(SubPlan 1)' }, sub))).toEqual([
      20, 80,
    ]);
    expect(costs(costing('Seq Scan', 100, { 'Plan Rows': 10, Filter: '(hashed SubPlan 1)' }, sub))).toEqual([
      92, 8,
    ]);
  });

  it('under a LIMIT counts as far as it goes', () => {
    expect(costs(costing('Limit', 10, {}, costing('Sort', 1000, {}, costing('Seq Scan', 400))))).toEqual([
      0, 6, 4,
    ]);
  });

  it('adds up to the total, whatever the plan', () => {
    fc.assert(
      fc.property(anyTree, raw => {
        const plan = planOf(raw);
        const own = exclusiveCosts(flattenPlan(plan));
        for (const cost of own) expect(cost).toBeGreaterThanOrEqual(0);
        const sum = own.reduce((total, cost) => total + cost, 0);
        expect(Math.abs(sum - plan.root.totalCost)).toBeLessThanOrEqual(
          1e-6 * Math.max(1, plan.root.totalCost),
        );
      }),
    );
  });
});

describe('the costliest node', () => {
  it('is the one with the highest exclusive time', () => {
    const plan = planOf(ran('Sort', 100, 1, { 'Total Cost': 9e9 }, ran('Seq Scan', 60, 1)));
    expect(costliestNode(plan).nodeType).toBe('Seq Scan');
  });

  it('is the one with the highest exclusive cost without times', () => {
    expect(costliestNode(fixture('sort-on-disk.estimated')).nodeType).toBe('Sort');
    expect(costliestNode(fixture('seq-scan.estimated')).nodeType).toBe('Seq Scan');
    expect(costliestNode(fixture('timing-off.analyzed')).label).toBe('Seq Scan on orders orders_1');
  });
});

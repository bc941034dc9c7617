/** A node's cost alone and its cost with all beneath it are of one run of the query, on the screen and on the page: a part is never more than the whole. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inclusiveCosts } from '../../src/plan/accounting/costs.ts';
import { flattenPlan, parentIds } from '../../src/plan/tree.ts';
import { planSides } from '../../src/report/html/planTree.ts';
import { totalText, valueText } from '../../src/tui/planView/columns.ts';
import { factsOf } from '../../src/tui/planView/facts.ts';
import { anyTree, node, planOf, type Raw } from '../plan/plans.ts';

const costing = (type: string, cost: number, fields: Raw = {}, ...children: Raw[]) =>
  node(type, { 'Total Cost': cost, 'Plan Rows': 1, ...fields }, ...children);

/** The inner side runs 80 times. */
const looped = planOf(
  costing(
    'Nested Loop',
    1000,
    {},
    costing('Seq Scan', 100, { 'Plan Rows': 80 }),
    costing('Sort', 10, {}, costing('Index Scan', 9)),
  ),
);

it('of a node that runs many times is that of all its runs', () => {
  expect(inclusiveCosts(flattenPlan(looped))).toEqual([1000, 100, 800, 720]);
  const facts = factsOf(looped, {});
  expect(facts.nodes.map(one => [valueText(one, facts, 'cost'), totalText(one, 'cost')])).toEqual([
    ['100', '1.00 k'],
    ['100', '100'],
    ['80', '800'],
    ['720', '720'],
  ]);
});

it('is the same on the page', () => {
  const page = planSides({ heading: 'Before', plan: looped }, undefined).toString();
  const sort = page.slice(page.indexOf('Sort</span>'));
  expect(sort.slice(0, sort.indexOf('class="rows"'))).toContain('<span>80</span><span>800</span>');
});

it('is never more than that of the node above, whatever the plan', () => {
  fc.assert(
    fc.property(anyTree, raw => {
      const nodes = flattenPlan(planOf(raw));
      const totals = inclusiveCosts(nodes);
      parentIds(nodes).forEach((parent, id) => {
        if (parent >= 0 && nodes[id]?.apart !== true)
          expect(totals[id]).toBeLessThanOrEqual((totals[parent] ?? 0) * (1 + 1e-9));
      });
    }),
  );
});

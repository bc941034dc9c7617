/** What a plan would cost if nothing were switched off. */
import { expect, it } from 'vitest';
import { atOnce } from '../../src/base/steps.ts';
import { planSteps } from '../../src/plan/parse.ts';
import { honestCost } from '../../src/session/whyUnused.ts';

const node = (type: string, startup: number, total: number, ...plans: object[]) => ({
  'Node Type': type,
  'Startup Cost': startup,
  'Total Cost': total,
  'Plan Rows': 1,
  'Plan Width': 4,
  ...(plans.length === 0 ? {} : { Plans: plans }),
});
const costOf = (root: object) => honestCost(atOnce(planSteps([{ Plan: root }])));

it('is without what PostgreSQL adds for each node that is switched off', () => {
  expect(costOf(node('Index Scan', 0, 661.7))).toBe(661.7);
  expect(costOf(node('Hash Join', 2e10, 2e10 + 1234.5))).toBe(1234.5);
  expect(costOf(node('Limit', 1e10 + 50, 1e10 + 51, node('Sort', 1e10 + 50, 1e10 + 60)))).toBe(51);
});

it('is not known where a LIMIT takes a part of that', () => {
  const loop = node('Nested Loop', 0, 3e10 + 100);
  expect(costOf(node('Limit', 0, 3e8 + 1, loop))).toBeUndefined();
});

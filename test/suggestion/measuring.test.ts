/** Which plans run first when time is short. Pure: the runner is a list. */
import { expect, it } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import { type Known, type PlanGrounds, plannedOnly } from '../../src/suggestion/knownPlans.ts';
import { Measuring } from '../../src/suggestion/measuring.ts';
import type { Measured } from '../../src/suggestion/runner.ts';
import type { Screened } from '../../src/suggestion/screening.ts';
import { TimeBudget } from '../../src/suggestion/timeBudget.ts';
import { makeWorkload } from '../helpers/workload.ts';

const plan = (totalCost: number): Plan =>
  ({
    totalCost,
    fingerprint: 'f',
    settings: {},
    statement: {},
    root: { children: [], details: [] },
  }) as never;
const screened = (cost: number, ...needs: string[]): Screened => ({
  needs,
  plan: plan(cost),
  rewrite: undefined,
});

/** @param msOf Of a run, by its needs. @returns What ran, in its order. */
async function ran(
  costs: Readonly<Record<string, readonly [Screened, ...Screened[]]>>,
  callsADay: Readonly<Record<string, number>>,
  budgetMs: number,
  msOf: (needs: readonly string[]) => number,
): Promise<{
  readonly order: readonly string[];
  readonly known: readonly Known[];
  readonly time: TimeBudget;
}> {
  const queries = Object.fromEntries(Object.keys(costs).map(id => [id, 'SELECT 1 AS x']));
  const workload = await makeWorkload({ queries, proposals: {} });
  const grounds: PlanGrounds = {
    here: [],
    there: [],
    built: new Map(),
    isView: () => false,
    isTied: () => false,
    isPlanned: () => false,
    budgets: workload.budgets,
  };
  let clock = 0;
  const time = new TimeBudget(budgetMs, () => clock, new AbortController().signal);
  const order: string[] = [];
  const known = workload.queries.map(query => {
    const plans = costs[query.id];
    if (plans === undefined) throw new Error('it has plans');
    return plannedOnly(query, { id: query.id, plans }, grounds);
  });
  const measuring = new Measuring({
    known,
    runner: {
      measure: async (query, needs): Promise<Measured> => {
        order.push([query.id, ...needs].join(' '));
        clock += msOf(needs);
        return { ms: msOf(needs), uses: needs, plan: plan(1), cost: 1, isCut: false };
      },
    },
    time,
    pace: { fairMs: () => 0, until: 1 },
    plans: grounds,
    weightOf: ({ id }) => callsADay[id] ?? 1,
    onStep: () => undefined,
    onKnown: () => undefined,
  });
  await measuring.baselines();
  await measuring.plans();
  return { order, known, time };
}

it('runs each query as it is, then the best plan of each, those with the most to gain first', async () => {
  const costs = {
    a: [screened(100), screened(90, 'a1'), screened(50, 'a2')],
    b: [screened(1000), screened(10, 'b1')],
    c: [screened(100), screened(60, 'c1')],
  } as const;
  const { order, time } = await ran(costs, { c: 10 }, 1e6, () => 1);
  expect(order).toEqual(['a', 'b', 'c', 'b b1', 'c c1', 'a a2', 'a a1']);
  expect(time.isComplete).toBe(true);
});

it('leaves out what there is no time for, and says so', async () => {
  const costs = {
    a: [screened(100), screened(90, 'a1')],
    b: [screened(1000), screened(10, 'b1')],
  } as const;
  const { order, known, time } = await ran(costs, {}, 1000, needs => (needs.length === 0 ? 10 : 900));
  expect(order).toEqual(['a', 'b', 'b b1']);
  expect(time.isComplete).toBe(false);
  expect(known.map(({ plans }) => plans.map(({ measured }) => measured !== undefined))).toEqual([
    [true, false],
    [true, true],
  ]);
});

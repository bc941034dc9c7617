/** The chosen set as a whole. Pure: planner, runner and clock are functions. */
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/advisor/verdict.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Candidates } from '../../src/suggestion/candidates.ts';
import {
  allowed,
  type Known,
  type PlanGrounds,
  plannedOnly,
  withRun,
} from '../../src/suggestion/knownPlans.ts';
import type { Compared, Runner } from '../../src/suggestion/runner.ts';
import type { Screened } from '../../src/suggestion/screening.ts';
import { settle, type Tried } from '../../src/suggestion/setTrial.ts';
import { TimeBudget } from '../../src/suggestion/timeBudget.ts';
import type { Query, Workload } from '../../src/workload/workload.ts';
import { makeWorkload } from '../helpers/workload.ts';

const screened = (totalCost: number, ...needs: string[]): Screened => ({
  needs,
  plan: {
    totalCost,
    fingerprint: 'f',
    settings: {},
    statement: {},
    root: { children: [], details: [], relation: 't' },
  } as unknown as Plan,
  rewrite: undefined,
});

/** ms of a run by its cost here, which is that in production. */
const MS_OF_COST = 10;

/**
 * @param plans Query → its known plans. @param planOf Of the planner at production size.
 * @param verdictOf Of the set here, and the proposals that the query then uses.
 * @param confirmMs What each comparison takes. @param writing Statements that write the table `t`, which has all indexes.
 */
async function tried(
  plans: Readonly<Record<string, readonly [Screened, ...Screened[]]>>,
  planOf: (queryId: string, on: readonly string[]) => Screened,
  verdictOf: (
    queryId: string,
    on: readonly string[],
    from: readonly string[],
  ) => Pick<Compared, 'verdict' | 'needs'> & Partial<Compared>,
  { confirmMs = 1, writing = [] }: { readonly confirmMs?: number; readonly writing?: readonly string[] } = {},
): Promise<Tried & { readonly rejected: ReadonlyMap<string, string> }> {
  const queries = Object.fromEntries(Object.keys(plans).map(id => [id, 'SELECT 1 AS x']));
  const made = await makeWorkload({ queries, proposals: {}, budgets: { queryTargetMs: 200 } });
  const workload: Workload = {
    ...made,
    queries: made.queries.map(query =>
      writing.includes(query.id) ? { ...query, writes: 'UPDATE' as const } : query,
    ),
  };
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
  const time = new TimeBudget(1000, () => clock, new AbortController().signal);
  const learn = async (one: Known, { needs, plan, rewrite }: Screened): Promise<Known> => {
    const planned = one.plans.find(({ planned: known }) => known.plan === plan)?.planned ?? {
      needs,
      plan,
      rewrite,
    };
    const ms = plan.totalCost * MS_OF_COST;
    return withRun(
      one,
      planned,
      { ms, uses: needs, plan, cost: plan.totalCost, isCut: false },
      [MS_OF_COST],
      grounds,
    );
  };
  const known: Known[] = [];
  for (const query of workload.queries) {
    const own = plans[query.id];
    if (own === undefined) throw new Error('it has plans');
    let one = plannedOnly(query, { id: query.id, plans: own }, grounds);
    for (const plan of own) one = await learn(one, plan);
    known.push(one);
  }
  const ids = [...new Set(Object.values(plans).flatMap(own => own.flatMap(({ needs }) => needs)))];
  const candidates = {
    workload,
    indexes: new Map(ids.map(id => [id, { table: 't' }])),
    views: new Map(),
    queries: new Map(),
  } as unknown as Candidates;
  const rejected = new Map<string, string>();
  const runner = {
    compare: async ({ id }: Query, on: readonly string[], from: readonly string[] = []) => {
      clock += confirmMs;
      const never = { cost: 1, ms: undefined };
      return { before: never, after: never, ...verdictOf(id, on, from) };
    },
  } as unknown as Runner;
  const found = await settle({
    candidates,
    runner,
    session: { background: async () => ({ kind: 'ended' as const }) },
    written: new Map(
      writing.map(id => [
        id,
        [
          {
            schema: undefined,
            name: 't',
            inserts: false,
            deletes: false,
            sets: [],
            takesDefault: () => false,
          },
        ],
      ]),
    ),
    rejected,
    compared: new Set(),
    effort: { executions: 0 },
    time,
    share: () => undefined,
    known,
    offered: () => known.map(one => allowed(one, false, rejected, workload)),
    limits: { budgetBytes: 1000, bytesOf: () => 10 },
    preference: undefined,
    there: { plan: async (queryId, on) => planOf(queryId, on) },
    learn,
    isPlanned: () => false,
    onChoice: () => undefined,
  });
  time.end();
  return { ...found, rejected };
}

const faster: Verdict = {
  kind: 'faster',
  beforeMs: 10,
  afterMs: 1,
  factor: 10,
  atLeast: false,
  interval: undefined,
  p: 0.01,
  settled: true,
};
const slower: Verdict = { ...faster, kind: 'slower', beforeMs: 1, afterMs: 10 };

it('forgets the verdict of a query that used a proposal which was then rejected', async () => {
  const { choice, verdicts, rejected } = await tried(
    { gains: [screened(100), screened(1, 'a')], loses: [screened(5)] },
    (queryId, on) => (queryId === 'gains' && on.includes('a') ? screened(1, 'a') : screened(5)),
    (queryId, on) =>
      queryId === 'gains' || on.length === 0
        ? { verdict: faster, needs: [] }
        : { verdict: slower, needs: [...on] },
    // Both comparisons of the first set take the whole time: there is no second one.
    { confirmMs: 499 },
  );
  expect([...rejected.keys()]).toEqual(['a']);
  expect(choice.proposals).toEqual([]);
  expect(verdicts.get('loses')).toBeUndefined();
});

it('leaves out a proposal that a plan uses, if the plan without it costs the same', async () => {
  const all = ['outer', 'inner', 'tiny'];
  const { choice } = await tried(
    { joins: [screened(100), screened(1, ...all)] },
    (_, on) => {
      const used = all.filter(id => on.includes(id));
      const isJoined = used.includes('outer') && used.includes('inner');
      return isJoined ? screened(used.length === 3 ? 1 : 1.01, ...used) : screened(100);
    },
    () => ({ verdict: faster, needs: ['outer', 'inner'] }),
  );
  expect([...choice.proposals].sort()).toEqual(['inner', 'outer']);
});

const unclear: Verdict = { ...faster, kind: 'no clear difference', beforeMs: 5, afterMs: 5 };

describe('an index that only writes need', () => {
  const plans = {
    moved: [screened(10), screened(2, 'own')],
    also: [screened(10), screened(2, 'own')],
    reads: [screened(100), screened(1, 'other')],
  } as const;
  const planOf = (queryId: string, on: readonly string[]) => {
    const need = queryId === 'reads' ? 'other' : 'own';
    return on.includes(need)
      ? screened(queryId === 'reads' ? 1 : 2, need)
      : screened(queryId === 'reads' ? 100 : 10);
  };
  const judgedBy = (verdicts: Readonly<Record<string, Verdict>>) => {
    const compared: string[] = [];
    const answer = tried(
      plans,
      planOf,
      (queryId, on, from) => {
        if (queryId === 'reads') return { verdict: faster, needs: ['other'] };
        if (from.length > 0 || on.length === 1) compared.push(`${queryId}: ${from} → ${on}`);
        // With the whole set a write is slower in any case: it keeps up the index that the query needs.
        return { verdict: from.length === 0 ? slower : (verdicts[queryId] ?? unclear), needs: ['own'] };
      },
      { writing: ['moved', 'also'] },
    );
    return answer.then(found => ({ ...found, compared }));
  };

  it('is rejected if it makes them slower, however many they are', async () => {
    const { choice, rejected, compared } = await judgedBy({ moved: slower, also: unclear });
    expect(choice.proposals).toEqual(['other']);
    expect([...rejected]).toEqual([['own', 'makes query 1 slower here: 1.0 ms → 10.0 ms']]);
    // The rest of the set is on both sides.
    expect(compared).toEqual(expect.arrayContaining(['moved: other → own,other', 'also: other → own,other']));
  });

  it('stays if one of them is faster with it beside the others, although the set slows it down', async () => {
    const { choice, rejected } = await judgedBy({ moved: unclear, also: faster });
    expect([...choice.proposals].sort()).toEqual(['other', 'own']);
    expect([...rejected]).toEqual([]);
  });
});

it('projects a write to production from its runs and the costs of both sides', async () => {
  const { projected } = await tried(
    { writes: [screened(40), screened(6, 'own')], reads: [screened(100), screened(1, 'other')] },
    (queryId, on) => {
      if (queryId === 'reads') return on.includes('other') ? screened(1, 'other') : screened(100);
      return on.includes('own') ? screened(6, 'own') : screened(40);
    },
    queryId => ({
      verdict: faster,
      needs: [queryId === 'reads' ? 'other' : 'own'],
      before: { cost: 10, ms: 30 },
      after: { cost: 3, ms: 7 },
    }),
    { writing: ['writes'] },
  );
  expect([...projected]).toEqual([['writes', { beforeMs: 120, afterMs: 14 }]]);
});

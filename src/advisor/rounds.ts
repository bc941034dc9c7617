/**
 * What to run next, so that the question is settled soonest: first the plans of the database as it is and of everything,
 * with the time of each node (that run fills the caches, and is not counted); then every other plan once: those of one
 * proposal alone or left out, then the rest as far as they can matter; then interleaved rounds of each query's plans
 * until each difference is clear. Pure.
 */
import { contestOf, type Pair } from './contenders.ts';
import { limitOf } from './limits.ts';
import { bit, type Mask } from './masks.ts';
import { smallOne } from './search.ts';
import {
  BASELINE,
  everything,
  planUnder,
  type Survey,
  type SurveyedPlan,
  type SurveyedQuery,
  timeOf,
  wasRun,
} from './survey.ts';

export interface NextRun {
  readonly query: SurveyedQuery;
  /** Index among the query's plans. */
  readonly plan: number;
  /** 'facts': a counted run that says what it read, held and spilled. 'skip': it cannot matter, and is not run at all. */
  readonly look: 'counted' | 'facts' | 'tree' | 'skip';
  /** ms */
  readonly limitMs: number;
  /** What being stopped at the limit says. */
  readonly because: 'timeout' | 'cannot matter';
}

/** A plan that the matrix asks for may be this many times slower than the baseline's before it is stopped. */
const MUCH_SLOWER = 10;

/** @param configurations All that are looked at. */
export function nextRun(
  survey: Survey,
  configurations: readonly Mask[],
  timeoutMs: number,
): NextRun | undefined {
  const queries = survey.queries.filter(({ failure }) => failure === undefined);
  return (
    treeRun(survey, queries, [BASELINE, everything(survey)], timeoutMs) ??
    firstRun(survey, queries, configurations, timeoutMs) ??
    countedRun(survey, queries, timeoutMs) ??
    treeRun(survey, queries, [smallOne(survey)], timeoutMs)
  );
}

function firstRun(
  survey: Survey,
  queries: readonly SurveyedQuery[],
  configurations: readonly Mask[],
  timeoutMs: number,
): NextRun | undefined {
  const all = everything(survey);
  const isFresh = (plan: SurveyedPlan) =>
    !wasRun(plan) && plan.stopped === undefined && !plan.skipped && plan.failure === undefined;
  const run = (query: SurveyedQuery, plan: SurveyedPlan, limitMs = timeoutMs): NextRun => ({
    query,
    plan: query.plans.indexOf(plan),
    look: 'facts',
    limitMs: Math.min(timeoutMs, limitMs),
    because: limitMs < timeoutMs ? 'cannot matter' : 'timeout',
  });
  for (const configuration of [BASELINE, all]) {
    for (const query of queries) {
      const plan = planUnder(survey, query, configuration);
      if (plan !== undefined && isFresh(plan)) return run(query, plan);
    }
  }
  const shown = survey.proposals.flatMap((_, position) => [bit(position), all & ~bit(position)]);
  const beyond = (query: SurveyedQuery) => {
    const before = planUnder(survey, query, BASELINE);
    const time = before === undefined ? undefined : timeOf(before);
    return time === undefined ? timeoutMs : Math.max(1000, MUCH_SLOWER * time.ms);
  };
  for (const query of queries) {
    for (const configuration of shown) {
      const plan = planUnder(survey, query, configuration);
      if (plan === undefined || !isFresh(plan)) continue;
      const limit = limitOf(survey, query, query.plans.indexOf(plan), configurations);
      return run(query, plan, Math.max(limit, beyond(query)));
    }
  }
  for (const query of queries) {
    for (const [index, plan] of query.plans.entries()) {
      if (!isFresh(plan)) continue;
      const limit = limitOf(survey, query, index, configurations);
      if (limit > 0) return run(query, plan, Math.max(limit, 1));
      return { ...run(query, plan), look: 'skip' };
    }
  }
  return undefined;
}

function countedRun(
  survey: Survey,
  queries: readonly SurveyedQuery[],
  timeoutMs: number,
): NextRun | undefined {
  const lacking = queries
    .map(query => ({ query, ...contestOf(query, pairsOf(survey, query)) }))
    .filter(({ contenders }) => contenders.length > 0)
    // Every query's first look before anybody's second.
    .sort((a, b) => a.look - b.look);
  const [first] = lacking;
  if (first === undefined) return undefined;
  const { query, contenders } = first;
  const runs = ({ plan }: { plan: number }) => query.plans[plan]?.runsMs.length ?? 0;
  const fewest = Math.min(...contenders.map(runs));
  const due = contenders.filter(contender => runs(contender) === fewest);
  // To and fro, so that none always comes after the same other one.
  const next = fewest % 2 === 0 ? due[0] : due.at(-1);
  return next === undefined
    ? undefined
    : { query, plan: next.plan, look: 'counted', limitMs: timeoutMs, because: 'timeout' };
}

/** The plans that the matrix holds against each other: with one proposal and without, from nothing and from everything. */
function pairsOf(survey: Survey, query: SurveyedQuery): Pair[] {
  const all = everything(survey);
  const indexOf = (configuration: Mask) => {
    const plan = planUnder(survey, query, configuration);
    return plan === undefined ? -1 : query.plans.indexOf(plan);
  };
  const switches = survey.proposals.map((_, position) => bit(position));
  const pairs: Pair[] = [
    [indexOf(BASELINE), indexOf(all)],
    ...switches.flatMap((one): Pair[] => [
      [indexOf(BASELINE), indexOf(one)],
      [indexOf(all & ~one), indexOf(all)],
    ]),
  ];
  return pairs.filter(([a, b]) => a !== -1 && b !== -1);
}

/** The plans of these configurations are worth to be looked at node by node. */
function treeRun(
  survey: Survey,
  queries: readonly SurveyedQuery[],
  configurations: readonly Mask[],
  timeoutMs: number,
): NextRun | undefined {
  for (const query of queries) {
    const shown = configurations.map(configuration => planUnder(survey, query, configuration));
    const plan = query.plans.findIndex(plan => shown.includes(plan) && lacksTree(plan));
    if (plan !== -1) return { query, plan, look: 'tree', limitMs: timeoutMs, because: 'timeout' };
  }
  return undefined;
}

const lacksTree = ({ tree, treeless, stopped, failure }: SurveyedPlan): boolean =>
  tree?.timed !== true && !treeless && stopped === undefined && failure === undefined;

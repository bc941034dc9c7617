/**
 * What to run next, so that the question is settled soonest. The least expensive query comes first: a slow one must not
 * starve the rest. Of each query the plan of the database as it is runs first (that run fills the caches, and is not counted);
 * then every other plan once, as far as it can matter; then interleaved rounds until each difference that can change the
 * answer is clear; last, node by node, what changes. Pure.
 */

import { median } from '../session/measure.ts';
import { contestOf, type Pair } from './contenders.ts';
import { limitOf } from './limits.ts';
import { bit, contains, type Mask } from './masks.ts';
import {
  BASELINE,
  dropBits,
  everything,
  planUnder,
  type Survey,
  type SurveyedPlan,
  type SurveyedQuery,
  timeOf,
  wasRun,
} from './survey.ts';
import { isTrifle } from './trifle.ts';

export interface NextRun {
  readonly query: SurveyedQuery;
  /** Index among the query's plans. */
  readonly plan: number;
  /**
   * 'facts': a counted run that says what it read, held and spilled; 'warm-up': the same, of a query's first run, and not
   * counted. 'tree' times each node. 'skip': it cannot matter, and is not run at all.
   */
  readonly look: 'warm-up' | 'counted' | 'facts' | 'tree' | 'skip';
  /** ms */
  readonly limitMs: number;
  /** What being stopped at the limit says. */
  readonly because: 'timeout' | 'cannot matter' | 'budget';
  /** About how long it takes, ms. */
  readonly expectedMs: number;
}

export interface Rounds {
  /** All that are looked at. */
  readonly configurations: readonly Mask[];
  readonly timeoutMs: number;
  /** What is left of the budget, ms. */
  readonly leftMs: number;
  /** The answer so far: the configurations that all others must be held against. */
  readonly focus: readonly Mask[];
}

/** A plan that the matrix asks for may be this many times slower than the baseline's before it is stopped. */
const MUCH_SLOWER = 10;
/** What is left out of the answer is tested once wherever the advice speaks of it; what is in it is seen beside the answer. */
const LOOKS_OF_THE_LEFT_OUT = 1;
/** ms for a unit of the planner's cost, until a run says better. */
const MS_OF_COST = 0.01;

export function nextRun(survey: Survey, rounds: Rounds): NextRun | undefined {
  const queries = survey.queries.filter(({ failure }) => failure === undefined);
  const [first] = queries
    .flatMap(query => nextOf(survey, query, rounds) ?? [])
    .map(run => ({ ...run, expectedMs: expected(survey, run.query, run.query.plans[run.plan]) }))
    .sort((a, b) => a.expectedMs - b.expectedMs);
  if (first === undefined) return undefined;
  const { mattersMs, ...run } = first;
  // Looked up of the one that is due alone: that goes through all configurations.
  const limitMs = mattersMs?.() ?? Number.POSITIVE_INFINITY;
  if (limitMs <= 0) return { ...run, look: 'skip', limitMs: 0, because: 'cannot matter' };
  const { timeoutMs, leftMs } = rounds;
  if (leftMs < Math.min(limitMs, timeoutMs))
    return { ...run, limitMs: Math.max(1, leftMs), because: 'budget' };
  return limitMs < timeoutMs
    ? { ...run, limitMs: Math.max(1, limitMs), because: 'cannot matter' }
    : { ...run, limitMs: timeoutMs, because: 'timeout' };
}

interface Run extends Pick<NextRun, 'query' | 'plan' | 'look'> {
  /** How long it may take before it cannot matter any more, ms; 0 or less: it cannot. undefined: it does. */
  readonly mattersMs?: () => number;
}

function nextOf(survey: Survey, query: SurveyedQuery, rounds: Rounds): Run | undefined {
  return (
    firstRun(survey, query, rounds) ?? countedRun(survey, query, rounds) ?? treeRun(survey, query, rounds)
  );
}

/** By its own runs; else by what the planner's unit of cost took elsewhere. */
function expected(survey: Survey, query: SurveyedQuery, plan: SurveyedPlan | undefined): number {
  if (plan === undefined) return 0;
  const known = timeOf(plan);
  if (known !== undefined) return known.ms;
  const rates = (queries: readonly SurveyedQuery[]) =>
    median(
      queries.flatMap(({ plans }) =>
        plans.flatMap(one => {
          const ms = timeOf(one)?.ms;
          const cost = costOf(one);
          return ms === undefined || cost <= 0 ? [] : [ms / cost];
        }),
      ),
    );
  return costOf(plan) * (rates([query]) ?? rates(survey.queries) ?? MS_OF_COST);
}

const costOf = ({ estimate }: SurveyedPlan): number => estimate.root?.totalCost ?? 0;

const isFresh = (plan: SurveyedPlan): boolean =>
  !wasRun(plan) && plan.stopped === undefined && !plan.skipped && plan.failure === undefined;

function firstRun(
  survey: Survey,
  query: SurveyedQuery,
  { configurations, timeoutMs }: Rounds,
): Run | undefined {
  const look = query.plans.every(isFresh) ? 'warm-up' : 'facts';
  const run = (plan: SurveyedPlan): Run => ({ query, plan: query.plans.indexOf(plan), look });
  const all = everything(survey);
  for (const configuration of [BASELINE, all]) {
    const plan = planUnder(survey, query, configuration);
    if (plan !== undefined && isFresh(plan)) return run(plan);
  }
  const before = planUnder(survey, query, BASELINE);
  const time = before === undefined ? undefined : timeOf(before);
  const beyond = time === undefined ? timeoutMs : Math.max(1000, MUCH_SLOWER * time.ms);
  const limit = (plan: SurveyedPlan) => limitOf(survey, query, query.plans.indexOf(plan), configurations);
  for (const configuration of switched(survey, [BASELINE, all])) {
    const plan = planUnder(survey, query, configuration);
    if (plan !== undefined && isFresh(plan))
      return { ...run(plan), mattersMs: () => Math.max(limit(plan), beyond) };
  }
  const fresh = query.plans.find(isFresh);
  return fresh && { ...run(fresh), mattersMs: () => limit(fresh) };
}

/** Each with one proposal switched. */
const switched = (survey: Survey, from: readonly Mask[]): Mask[] =>
  survey.proposals.flatMap((_, position) => from.map(configuration => configuration ^ bit(position)));

function countedRun(survey: Survey, query: SurveyedQuery, { focus }: Rounds): Run | undefined {
  const { plans } = query;
  const { contenders } = contestOf(query, pairsOf(survey, query, focus), trifles(survey, query));
  if (contenders.length === 0) return undefined;
  const runs = ({ plan }: { plan: number }) => plans[plan]?.runsMs.length ?? 0;
  const fewest = Math.min(...contenders.map(runs));
  const due = contenders.filter(contender => runs(contender) === fewest);
  // To and fro, so that none always comes after the same other one.
  const next = fewest % 2 === 0 ? due[0] : due.at(-1);
  return next && { query, plan: next.plan, look: 'counted' };
}

/**
 * What decides: the plans of the answer so far, before and with one proposal switched. The others that the matrix shows (one
 * proposal from nothing and from everything) get a glance, which sees what is far apart.
 */
function pairsOf(survey: Survey, query: SurveyedQuery, focus: readonly Mask[]): Pair[] {
  const all = everything(survey);
  const indexOf = (configuration: Mask) => {
    const plan = planUnder(survey, query, configuration);
    return plan === undefined ? -1 : query.plans.indexOf(plan);
  };
  const pair = (one: Mask, other: Mask, looks?: number): Pair => [indexOf(one), indexOf(other), looks];
  const matrix = survey.proposals.flatMap((_, position): Pair[] => {
    const isLeftOut = focus.length > 0 && focus.every(one => !contains(one, bit(position)));
    const looks = isLeftOut ? LOOKS_OF_THE_LEFT_OUT : 0;
    return [pair(BASELINE, bit(position), looks), pair(all & ~bit(position), all, looks)];
  });
  const deciding = focus.flatMap(one =>
    [BASELINE, ...focus, ...switched(survey, [one])].map(other => pair(one, other)),
  );
  return [pair(BASELINE, all, LOOKS_OF_THE_LEFT_OUT), ...matrix, ...deciding].filter(
    ([a, b]) => a !== -1 && b !== -1,
  );
}

/** Whether two plans differ by so little of what the query can save that it decides nothing. */
function trifles(survey: Survey, query: SurveyedQuery): (pair: Pair) => boolean {
  // To drop an index that a query misses is never a trifle, and what costs nothing is worth little.
  if (dropBits(survey.proposals) !== 0 || survey.proposals.some(({ kind }) => kind === 'statistics'))
    return () => false;
  const before = planUnder(survey, query, BASELINE);
  return ([a, b]) => {
    const [one, other] = [query.plans[a], query.plans[b]];
    return one !== undefined && other !== undefined && isTrifle(query, before, one, other);
  };
}

/** Where the answer changes a plan, both are worth a look node by node. */
function treeRun(survey: Survey, query: SurveyedQuery, { focus }: Rounds): Run | undefined {
  const [chosen] = focus;
  if (chosen === undefined) return undefined;
  const shown = [BASELINE, chosen].map(configuration => planUnder(survey, query, configuration));
  if (shown[0] === shown[1]) return undefined;
  const plan = query.plans.findIndex(plan => shown.includes(plan) && lacksTree(plan));
  return plan === -1 ? undefined : { query, plan, look: 'tree' };
}

const lacksTree = ({ tree, treeless, stopped, failure }: SurveyedPlan): boolean =>
  tree?.timed !== true && !treeless && stopped === undefined && failure === undefined;

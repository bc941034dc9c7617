/**
 * How long a plan may run before it cannot matter any more: before every configuration that has it is beaten, whatever
 * its own time, by a cheaper one that differs in one proposal. That one is slower in no other query, as far as was measured.
 * Pure.
 */
import { median } from '../base/statistics.ts';
import { answersDiffer } from './answers.ts';
import { byCost, costsNoMore } from './cheaper.ts';
import { contestOf, type Pair } from './contenders.ts';
import { isTrifle, judged } from './judged.ts';
import { bit, contains, type Mask } from './masks.ts';
import {
  BASELINE,
  costsOf,
  dropBits,
  everything,
  planUnder,
  type Survey,
  type SurveyedPlan,
  type SurveyedQuery,
  timeOf,
  wasRun,
} from './survey.ts';

/** Run times scatter: a bound must lose clearly. */
const CLEARLY = 1.5;

/**
 * @param configurations All that are looked at.
 * @returns ms; 0 or less where it cannot matter already; Infinity where nothing bounds it.
 */
function limitOf(
  survey: Pick<Survey, 'proposals' | 'queries' | 'answers'>,
  query: SurveyedQuery,
  planIndex: number,
  configurations: readonly Mask[],
): number {
  const plan = query.plans[planIndex];
  const known = new Set(configurations);
  let limit = Number.NEGATIVE_INFINITY;
  for (const configuration of configurations) {
    if (planUnder(survey, query, configuration) !== plan) continue;
    limit = Math.max(limit, limitUnder(survey, query, configuration, known));
    if (limit === Number.POSITIVE_INFINITY) break;
  }
  return limit;
}

function limitUnder(
  survey: Pick<Survey, 'proposals' | 'queries' | 'answers'>,
  query: SurveyedQuery,
  configuration: Mask,
  known: ReadonlySet<Mask>,
): number {
  const plan = planUnder(survey, query, configuration);
  const one = { configuration, costs: costsOf(survey, configuration) };
  let limit = Number.POSITIVE_INFINITY;
  for (const position of survey.proposals.keys()) {
    const other = { configuration: configuration ^ bit(position), costs: one.costs };
    if (!known.has(other.configuration)) continue;
    other.costs = costsOf(survey, other.configuration);
    if (byCost(other, one) >= 0 || !costsNoMore(other.costs, one.costs)) continue;
    // What returns something else beats nothing, however fast it is.
    if (answersDiffer(survey, other.configuration)) continue;
    if (!isNoSlower(survey, query, configuration, other.configuration)) continue;
    const rival = planUnder(survey, query, other.configuration);
    if (rival === plan) return Number.NEGATIVE_INFINITY;
    const time = rival === undefined ? undefined : timeOf(rival);
    if (time !== undefined && !time.atLeast) limit = Math.min(limit, time.ms * CLEARLY);
  }
  return limit;
}

/** In all other queries. */
function isNoSlower(
  survey: Pick<Survey, 'proposals' | 'queries'>,
  except: SurveyedQuery,
  from: Mask,
  to: Mask,
): boolean {
  return survey.queries
    .filter(query => query !== except && query.failure === undefined)
    .every(query => {
      const { kind } = judged(planUnder(survey, query, from), planUnder(survey, query, to));
      return kind !== 'slower' && kind !== 'not measured';
    });
}

/**
 * What to run next, so that the question is settled soonest. The query comes first that will have taken the least time: a slow
 * one must not starve the rest, nor the last doubt about a fast one a slow one. Of each query: the plans of the database as it is (its first run fills the caches, and is not counted) and of
 * everything; then what decides, the plans of the answer so far and of it with one proposal switched, in interleaved rounds;
 * then what else can matter, once, and at a glance. Last come the doubts about what decides, until each difference is clear,
 * and, node by node, what changes. Pure.
 */

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
  /** The least comes first, ms: what its query will have taken. */
  readonly priorityMs: number;
  readonly stage: Stage;
}

/** 'answer' is about the answer so far, 'rest' about all others; 'doubts' is what is not clear after a first look. */
export type Stage = 'ends' | 'answer' | 'rest' | 'doubts' | 'trees';

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
const FIRST_LOOK = 1;
/** Share of what all queries can save that is not worth more runs than one test. */
const MINOR = 0.01;
/** What was stopped for want of time runs again with so many times as much. */
const AGAIN = 2;
/** ms for a unit of the planner's cost, until a run says better. */
const MS_OF_COST = 0.01;

/** What decides less comes later. */
const WEIGHT: Readonly<Record<Stage, number>> = {
  ends: 1,
  answer: 1,
  rest: 4,
  doubts: 8,
  trees: 8,
};

export function nextRun(survey: Survey, rounds: Rounds): NextRun | undefined {
  const queries = survey.queries.filter(({ failure }) => failure === undefined);
  const open = queries.flatMap(query => nextOf(survey, query, rounds) ?? []);
  const [first] = open
    .map(run => ({ ...run, priorityMs: priorityOf(survey, run) }))
    .sort((a, b) => a.priorityMs - b.priorityMs);
  if (first === undefined) return undefined;
  const { mattersMs, ...run } = first;
  // Looked up of the one that is due alone: that goes through all configurations.
  const limitMs = mattersMs?.() ?? Number.POSITIVE_INFINITY;
  if (limitMs <= 0) return { ...run, look: 'skip', limitMs: 0, because: 'cannot matter' };
  const { timeoutMs } = rounds;
  // A plan that was never run may take any time: it gets a share, and the rest when nothing else is open.
  const isNew = run.look === 'facts' || run.look === 'warm-up';
  const leftMs = isNew ? rounds.leftMs / open.length : rounds.leftMs;
  if (leftMs < Math.min(limitMs, timeoutMs))
    return { ...run, limitMs: Math.max(1, leftMs), because: 'budget' };
  return limitMs < timeoutMs
    ? { ...run, limitMs: Math.max(1, limitMs), because: 'cannot matter' }
    : { ...run, limitMs: timeoutMs, because: 'timeout' };
}

interface Run extends Pick<NextRun, 'query' | 'plan' | 'look' | 'stage'> {
  /** How long it may take before it cannot matter any more, ms; 0 or less: it cannot. undefined: it does. */
  readonly mattersMs?: (() => number) | undefined;
}

function nextOf(survey: Survey, query: SurveyedQuery, rounds: Rounds): Run | undefined {
  const all = everything(survey);
  const ends = [BASELINE, all];
  const { focus } = rounds;
  const neighbors = [...focus, ...switched(survey, focus)];
  return (
    firstRun(survey, query, rounds, 'ends', ends) ??
    countedRun(survey, query, 'ends', [[BASELINE, all, 0]]) ??
    firstRun(survey, query, rounds, 'answer', neighbors) ??
    countedRun(survey, query, 'answer', answerPairs(survey, focus, FIRST_LOOK)) ??
    firstRun(survey, query, rounds, 'rest', switched(survey, ends)) ??
    countedRun(survey, query, 'rest', [
      ...answerPairs(survey, focus, FIRST_LOOK),
      ...matrixPairs(survey, focus),
    ]) ??
    countedRun(survey, query, 'doubts', answerPairs(survey, focus)) ??
    treeRun(survey, query, rounds)
  );
}

function priorityOf(survey: Survey, { query, plan, stage }: Run): number {
  return WEIGHT[stage] * (spentOn(query) + expected(survey, query, query.plans[plan]));
}

/** What the query's runs have taken, ms. */
const spentOn = ({ plans }: SurveyedQuery): number =>
  plans
    .flatMap(({ firstMs, runsMs, stopped }) => [firstMs ?? 0, ...runsMs, stopped?.afterMs ?? 0])
    .reduce((sum, ms) => sum + ms, 0);

/** By its own runs; else by what the planner's unit of cost took elsewhere. */
function expected(survey: Survey, query: SurveyedQuery, plan: SurveyedPlan | undefined): number {
  if (plan === undefined) return 0;
  const known = timeOf(plan);
  if (known !== undefined) return known.atLeast ? AGAIN * known.ms : known.ms;
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

const costOf = ({ estimate }: SurveyedPlan): number => estimate.totalCost;

/** Never run, or stopped after less time than there is again. */
const isFresh = (plan: SurveyedPlan, { leftMs, timeoutMs }: Rounds): boolean => {
  const { stopped, skipped, failure } = plan;
  if (wasRun(plan) || skipped || failure !== undefined) return false;
  if (stopped === undefined) return true;
  return stopped.because === 'budget' && Math.min(leftMs, timeoutMs) >= AGAIN * stopped.afterMs;
};

/** @param wanted Configurations whose plans are run whatever they take, within reason; of the rest any that can matter. */
function firstRun(
  survey: Survey,
  query: SurveyedQuery,
  rounds: Rounds,
  stage: Stage,
  wanted: readonly Mask[],
): Run | undefined {
  const { configurations, timeoutMs } = rounds;
  const isDue = (plan: SurveyedPlan) => isFresh(plan, rounds);
  const look = query.plans.every(isDue) ? 'warm-up' : 'facts';
  const run = (plan: SurveyedPlan): Run => ({ query, plan: query.plans.indexOf(plan), look, stage });
  const before = planUnder(survey, query, BASELINE);
  const time = before === undefined ? undefined : timeOf(before);
  const beyond = time === undefined ? timeoutMs : Math.max(1000, MUCH_SLOWER * time.ms);
  const limit = (plan: SurveyedPlan) => limitOf(survey, query, query.plans.indexOf(plan), configurations);
  for (const configuration of wanted) {
    const plan = planUnder(survey, query, configuration);
    if (plan === undefined || !isDue(plan)) continue;
    return stage === 'ends' ? run(plan) : { ...run(plan), mattersMs: () => Math.max(limit(plan), beyond) };
  }
  const fresh = stage === 'rest' ? query.plans.find(isDue) : undefined;
  return fresh && { ...run(fresh), mattersMs: () => limit(fresh) };
}

/** Each with one proposal switched. */
const switched = (survey: Survey, from: readonly Mask[]): Mask[] =>
  survey.proposals.flatMap((_, position) => from.map(configuration => configuration ^ bit(position)));

/** Two configurations, and at how many looks of the test their difference is worth more runs; all by default. */
type Compared = readonly [Mask, Mask, looks?: number | undefined];

function countedRun(
  survey: Survey,
  query: SurveyedQuery,
  stage: Stage,
  compared: readonly Compared[],
): Run | undefined {
  const { plans } = query;
  const indexOf = (configuration: Mask) => {
    const plan = planUnder(survey, query, configuration);
    return plan === undefined ? -1 : plans.indexOf(plan);
  };
  const pairs = compared
    .map(([one, other, looks]): Pair => [indexOf(one), indexOf(other), looks])
    .filter(([a, b]) => a !== -1 && b !== -1);
  const { contenders } = contestOf(query, pairs, trifles(survey, query), stage === 'rest');
  if (contenders.length === 0) return undefined;
  const runs = ({ plan }: { plan: number }) => plans[plan]?.runsMs.length ?? 0;
  const fewest = Math.min(...contenders.map(runs));
  const due = contenders.filter(contender => runs(contender) === fewest);
  // To and fro, so that none always comes after the same other one.
  const next = fewest % 2 === 0 ? due[0] : due.at(-1);
  return next && { query, plan: next.plan, look: 'counted', stage };
}

/** What decides: the answer so far, before and with one proposal switched. */
const answerPairs = (survey: Survey, focus: readonly Mask[], looks?: number): Compared[] =>
  focus.flatMap(one =>
    [BASELINE, ...focus, ...switched(survey, [one])].map((other): Compared => [one, other, looks]),
  );

/**
 * What the matrix shows, one proposal from nothing and from everything, gets a glance, which sees what is far apart; what is
 * left out of the answer is tested once.
 */
function matrixPairs(survey: Survey, focus: readonly Mask[]): Compared[] {
  const all = everything(survey);
  const pairs = survey.proposals.flatMap((_, position): Compared[] => {
    const isLeftOut = focus.length > 0 && focus.every(one => !contains(one, bit(position)));
    const looks = isLeftOut ? FIRST_LOOK : 0;
    return [
      [BASELINE, bit(position), looks],
      [all & ~bit(position), all, looks],
    ];
  });
  return [[BASELINE, all, FIRST_LOOK], ...pairs];
}

/**
 * Whether two plans differ by so little of what their query can save that it decides nothing; once they were tested, also by so
 * little of what all queries can save that more runs are not worth it.
 */
function trifles(survey: Survey, query: SurveyedQuery): (pair: Pair, look: number) => boolean {
  // To drop an index that a query misses is never a trifle, and what costs nothing is worth little.
  if (dropBits(survey.proposals) !== 0 || survey.proposals.some(({ kind }) => kind === 'statistics'))
    return () => false;
  const before = planUnder(survey, query, BASELINE);
  const minor = MINOR * survey.queries.reduce((sum, each) => sum + savable(survey, each), 0);
  return ([a, b], look) => {
    const [one, other] = [query.plans[a], query.plans[b]];
    if (one === undefined || other === undefined) return false;
    if (isTrifle(query, before, one, other)) return true;
    const apart = Math.abs((median(one.runsMs) ?? 0) - (median(other.runsMs) ?? 0)) * query.callsADay;
    return look > 0 && apart < minor;
  };
}

/** What the query's fastest plan saves, ms a day. */
function savable(survey: Survey, query: SurveyedQuery): number {
  const before = planUnder(survey, query, BASELINE);
  const times = query.plans.flatMap(plan => timeOf(plan)?.ms ?? []);
  const most = (before && timeOf(before)?.ms) ?? 0;
  return Math.max(0, most - Math.min(most, ...times)) * query.callsADay;
}

/** Where the answer changes a plan, both are worth a look node by node. */
function treeRun(survey: Survey, query: SurveyedQuery, { focus }: Rounds): Run | undefined {
  const [chosen] = focus;
  if (chosen === undefined) return undefined;
  const shown = [BASELINE, chosen].map(configuration => planUnder(survey, query, configuration));
  if (shown[0] === shown[1]) return undefined;
  const plan = query.plans.findIndex(plan => shown.includes(plan) && lacksTree(plan));
  return plan === -1 ? undefined : { query, plan, look: 'tree', stage: 'trees' };
}

const lacksTree = ({ tree, treeless, stopped, failure }: SurveyedPlan): boolean =>
  tree?.timed !== true && !treeless && stopped === undefined && failure === undefined;

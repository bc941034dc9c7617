/**
 * What to run next, so that the advice is settled soonest.
 *
 * The query with the least total run time goes first, so that a slow query does not starve the others, nor the last doubts
 * about a fast one a slow one. For each query the stages are: 'ends', the plans of the baseline and of all proposals;
 * 'answer', the plans of the current best configurations and their neighbors; 'rest', every other plan that can matter,
 * once; 'doubts', further looks at differences of the answer that are not clear; 'trees', the time of each node where the
 * answer changes a plan.
 */
import { median } from '../base/statistics.ts';
import { factsOf } from '../workload/proposalKinds.ts';
import { answersDiffer } from './answers.ts';
import { byCost, costsNoMore } from './cheaper.ts';
import { contendersOf, type Pair } from './contenders.ts';
import { isTrifle, judged } from './judged.ts';
import { bit, contains, type Mask } from './masks.ts';
import {
  allProposals,
  BASELINE,
  costsOf,
  dropBits,
  planUnder,
  type Survey,
  type SurveyedPlan,
  type SurveyedQuery,
  timeOf,
  wasRun,
} from './survey.ts';

/** A margin for the scatter of run times. */
const CLEARLY = 1.5;

/**
 * How long a plan may run before it cannot matter: then every configuration with this plan loses to a cheaper one that
 * differs in one proposal and is slower in no other query, as far as was measured.
 * @returns ms; 0 or less: it cannot matter at all; Infinity: no bound.
 */
function limitOf(
  survey: Pick<Survey, 'proposals' | 'queries' | 'answers'>,
  query: SurveyedQuery,
  plan: SurveyedPlan,
  configurations: readonly Mask[],
): number {
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
    // A configuration that returns other rows beats nothing.
    if (answersDiffer(survey, other.configuration)) continue;
    if (!isNoSlower(survey, query, configuration, other.configuration)) continue;
    const rival = planUnder(survey, query, other.configuration);
    if (rival === plan) return Number.NEGATIVE_INFINITY;
    const time = timeOf(rival);
    if (time !== undefined && !time.atLeast) limit = Math.min(limit, time.ms * CLEARLY);
  }
  return limit;
}

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

export interface NextRun {
  readonly query: SurveyedQuery;
  /** Index among the query's plans. */
  readonly plan: number;
  /**
   * 'warm-up': the query's first run, which does not count. 'facts': a counted run with buffers, memory and spills.
   * 'counted': a run time only. 'tree': times each node. 'skip': the plan cannot matter and does not run.
   */
  readonly look: 'warm-up' | 'counted' | 'facts' | 'tree' | 'skip';
  readonly limitMs: number;
  /** Why the run stops at the limit. */
  readonly because: 'timeout' | 'cannot matter' | 'budget';
  /** The smallest goes first: the query's total run time including this run, ms, weighted by stage. */
  readonly priorityMs: number;
  readonly stage: Stage;
}

export type Stage = 'ends' | 'answer' | 'rest' | 'doubts' | 'trees';

interface Rounds {
  readonly configurations: readonly Mask[];
  readonly timeoutMs: number;
  readonly leftMs: number;
  /** The current best configurations, with which all others are compared. */
  readonly focus: readonly Mask[];
}

/** A plan of the matrix may take this many times the baseline's time before it is stopped. */
const MUCH_SLOWER = 10;
const FIRST_LOOK = 1;
/** A smaller share of the possible savings is worth no run beyond the first look. */
const MINOR = 0.01;
/** A run that the budget stopped is repeated only with this many times as much time. */
const AGAIN = 2;
/** ms per unit of the planner's cost, until a run gives a better rate. */
const MS_OF_COST = 0.01;

/** Stages that decide less wait longer. */
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
  // Expensive (it visits every configuration), so computed only for the run that is due.
  const limitMs = mattersMs?.() ?? Number.POSITIVE_INFINITY;
  if (limitMs <= 0) return { ...run, look: 'skip', limitMs: 0, because: 'cannot matter' };
  const { timeoutMs } = rounds;
  // A new plan may take any time, so it gets an equal share of the budget.
  const isNew = run.look === 'facts' || run.look === 'warm-up';
  const leftMs = isNew ? rounds.leftMs / open.length : rounds.leftMs;
  if (leftMs < Math.min(limitMs, timeoutMs))
    return { ...run, limitMs: Math.max(1, leftMs), because: 'budget' };
  return limitMs < timeoutMs
    ? { ...run, limitMs: Math.max(1, limitMs), because: 'cannot matter' }
    : { ...run, limitMs: timeoutMs, because: 'timeout' };
}

interface Run extends Pick<NextRun, 'query' | 'plan' | 'look' | 'stage'> {
  /** The time, ms, after which it cannot matter; 0 or less: it cannot already. undefined: it always matters. */
  readonly mattersMs?: (() => number) | undefined;
}

function nextOf(survey: Survey, query: SurveyedQuery, rounds: Rounds): Run | undefined {
  const all = allProposals(survey);
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

const spentOn = ({ plans }: SurveyedQuery): number =>
  plans
    .flatMap(({ firstMs, runsMs, stopped }) => [firstMs ?? 0, ...runsMs, stopped?.afterMs ?? 0])
    .reduce((sum, ms) => sum + ms, 0);

/** ms; from its own runs, otherwise from its cost and the measured rate of ms per unit of cost. */
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

/** It never ran, or a budget stopped it that was less than half of the remaining one. */
const isFresh = (plan: SurveyedPlan, { leftMs, timeoutMs }: Rounds): boolean => {
  const { stopped, skipped, failure } = plan;
  if (wasRun(plan) || skipped || failure !== undefined) return false;
  if (stopped === undefined) return true;
  return stopped.because === 'budget' && Math.min(leftMs, timeoutMs) >= AGAIN * stopped.afterMs;
};

/**
 * The next plan that never ran.
 * @param wanted Their plans run up to a generous limit; in the stage 'rest' any other plan follows if it can matter.
 */
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
  const time = timeOf(planUnder(survey, query, BASELINE));
  const beyond = time === undefined ? timeoutMs : Math.max(1000, MUCH_SLOWER * time.ms);
  const limit = (plan: SurveyedPlan) => limitOf(survey, query, plan, configurations);
  for (const configuration of wanted) {
    const plan = planUnder(survey, query, configuration);
    if (plan === undefined || !isDue(plan)) continue;
    return stage === 'ends' ? run(plan) : { ...run(plan), mattersMs: () => Math.max(limit(plan), beyond) };
  }
  const fresh = stage === 'rest' ? query.plans.find(isDue) : undefined;
  return fresh && { ...run(fresh), mattersMs: () => limit(fresh) };
}

const switched = (survey: Survey, from: readonly Mask[]): Mask[] =>
  survey.proposals.flatMap((_, position) => from.map(configuration => configuration ^ bit(position)));

/** Two configurations, and up to which look their difference is worth more runs; by default all looks. */
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
  const contenders = contendersOf(query, pairs, trifles(survey, query), stage === 'rest');
  if (contenders.length === 0) return undefined;
  const runs = ({ plan }: { plan: number }) => plans[plan]?.runsMs.length ?? 0;
  const fewest = Math.min(...contenders.map(runs));
  const due = contenders.filter(contender => runs(contender) === fewest);
  // Alternate the order, so that no plan always follows the same other one.
  const next = fewest % 2 === 0 ? due[0] : due.at(-1);
  return next && { query, plan: next.plan, look: 'counted', stage };
}

/** Each best configuration with the baseline, the other best ones, and its own neighbors. */
const answerPairs = (survey: Survey, focus: readonly Mask[], looks?: number): Compared[] =>
  focus.flatMap(one =>
    [BASELINE, ...focus, ...switched(survey, [one])].map((other): Compared => [one, other, looks]),
  );

/**
 * The pairs of the matrix: each proposal alone and added to all others. They get a glance, which shows large
 * differences; proposals outside the answer get the first look, too.
 */
function matrixPairs(survey: Survey, focus: readonly Mask[]): Compared[] {
  const all = allProposals(survey);
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
 * Whether the difference of two plans is too small to decide anything: a trifle of the query's savings or, after the
 * first look, of all queries' savings.
 */
function trifles(survey: Survey, query: SurveyedQuery): (pair: Pair, look: number) => boolean {
  // Dropping a needed index is never a trifle, and free statistics are worth small gains.
  if (dropBits(survey.proposals) !== 0 || survey.proposals.some(one => factsOf(one).onlyInforms))
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

/** What the query's fastest plan saves, ms per day. */
function savable(survey: Survey, query: SurveyedQuery): number {
  const times = query.plans.flatMap(plan => timeOf(plan)?.ms ?? []);
  const most = timeOf(planUnder(survey, query, BASELINE))?.ms ?? 0;
  return Math.max(0, most - Math.min(most, ...times)) * query.callsADay;
}

/** Times the nodes of both plans if the best configuration changes the query's plan. */
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

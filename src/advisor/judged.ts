/** Verdicts on pairs of plans, and the configurations whose plans are all known; both are cached. */
import { answersUnder } from './answers.ts';
import type { Mask } from './masks.ts';
import {
  type Costs,
  costsOf,
  judgePlans,
  planUnder,
  type Survey,
  type SurveyedPlan,
  type SurveyedQuery,
} from './survey.ts';
import type { Verdict } from './verdict.ts';

/** Plan objects are immutable, so a verdict stays valid across the survey's snapshots. */
const verdicts = new WeakMap<SurveyedPlan, WeakMap<SurveyedPlan, Verdict>>();

/** 'not measured' if either plan is not known. */
export function judged(before: SurveyedPlan | undefined, after: SurveyedPlan | undefined): Verdict {
  if (before === undefined || after === undefined) return { kind: 'not measured' };
  if (before === after) return { kind: 'same plan' };
  const known = verdicts.get(before) ?? new WeakMap<SurveyedPlan, Verdict>();
  verdicts.set(before, known);
  const verdict = known.get(after) ?? judgePlans(before, after);
  known.set(after, verdict);
  return verdict;
}

/** A configuration with a known plan for every query. */
export interface Rated {
  readonly configuration: Mask;
  readonly costs: Costs;
  /** In the order of the survey's queries with plans. */
  readonly plans: readonly SurveyedPlan[];
  /** The plans' indexes within their queries. */
  readonly indexes: readonly number[];
}

const ratings = new WeakMap<object, readonly Rated[]>();

/** The survey's configurations with all plans known, without those that return other rows than the queries. */
export function ratedOf(survey: Survey): readonly Rated[] {
  const known = ratings.get(survey);
  if (known !== undefined) return known;
  const queries = survey.queries.filter(({ failure }) => failure === undefined);
  const positions = new Map(
    queries.flatMap(({ plans }) => plans.map((plan, index) => [plan, index] as const)),
  );
  const rated = survey.configurations.flatMap(configuration => {
    if (answersUnder(survey, configuration) === 'different') return [];
    const plans = queries.flatMap(query => planUnder(survey, query, configuration) ?? []);
    if (plans.length < queries.length) return [];
    const indexes = plans.map(plan => positions.get(plan) ?? -1);
    return [{ configuration, costs: costsOf(survey, configuration), plans, indexes }];
  });
  ratings.set(survey, rated);
  return rated;
}

/** A smaller share of the possible savings is a trifle. */
const SHARE = 0.05;
const FEWEST_RUNS = 2;

/** The largest distance between runs of the two, ms; Infinity: too few runs. */
export function apartMs({ runsMs: a }: SurveyedPlan, { runsMs: b }: SurveyedPlan): number {
  if (Math.min(a.length, b.length) < FEWEST_RUNS) return Number.POSITIVE_INFINITY;
  return Math.max(Math.max(...a) - Math.min(...b), Math.max(...b) - Math.min(...a));
}

/**
 * Whether the difference of two plans is too small a share of the query's possible savings to decide anything.
 * @param before The baseline's plan.
 */
export function isTrifle(
  { plans }: Pick<SurveyedQuery, 'plans'>,
  before: SurveyedPlan | undefined,
  a: SurveyedPlan,
  b: SurveyedPlan,
): boolean {
  const most = before === undefined ? 0 : Math.min(...before.runsMs);
  const least = Math.min(
    ...plans.flatMap(({ runsMs }) => (runsMs.length < FEWEST_RUNS ? [] : Math.max(...runsMs))),
  );
  return apartMs(a, b) <= SHARE * (most - least);
}

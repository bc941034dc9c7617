/** Verdicts on pairs of plans, each worked out once. */
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

/**
 * A plan object is never changed, but replaced when more is known of it: what was made of two of them holds for as long
 * as they live, in the next snapshot of the survey, too.
 */
const verdicts = new WeakMap<SurveyedPlan, WeakMap<SurveyedPlan, Verdict>>();

/** How a query changes from one plan to the other; 'not measured' where either is not known. */
export function judged(before: SurveyedPlan | undefined, after: SurveyedPlan | undefined): Verdict {
  if (before === undefined || after === undefined) return { kind: 'not measured' };
  if (before === after) return { kind: 'same plan' };
  const known = verdicts.get(before) ?? new WeakMap<SurveyedPlan, Verdict>();
  verdicts.set(before, known);
  const verdict = known.get(after) ?? judgePlans(before, after);
  known.set(after, verdict);
  return verdict;
}

/** A configuration all of whose plans are known. */
export interface Rated {
  readonly configuration: Mask;
  readonly costs: Costs;
  /** Of the queries that have plans, in the survey's order. */
  readonly plans: readonly SurveyedPlan[];
  /** Their indexes among their queries' plans. */
  readonly indexes: readonly number[];
}

const ratings = new WeakMap<object, readonly Rated[]>();

/** Those of the survey's configurations whose plans are all known, and that do not return other rows than the queries do. */
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

/** Trifles: differences of two plans too small a share of the possible savings to decide anything. Pure. */

const SHARE = 0.05;
/** One run has no scatter. */
const FEWEST_RUNS = 2;

/** How far apart the two may be, by the runs that are farthest apart, ms; Infinity where there are too few. */
export function apartMs({ runsMs: a }: SurveyedPlan, { runsMs: b }: SurveyedPlan): number {
  if (Math.min(a.length, b.length) < FEWEST_RUNS) return Number.POSITIVE_INFINITY;
  return Math.max(Math.max(...a) - Math.min(...b), Math.max(...b) - Math.min(...a));
}

/** @param before The plan of the database as it is. */
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

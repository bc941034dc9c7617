/** Differences of two plans that decide nothing, however they turn out: a small share of what their query can save. Pure. */
import type { SurveyedPlan, SurveyedQuery } from './survey.ts';

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

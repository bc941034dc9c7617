/**
 * Above 12 proposals a local search replaces exhaustion: it walks from the best known configurations to their
 * neighbors until none is better. gapOf() bounds the distance to the optimum.
 */
import { EXACT, type Mask, neighbors } from './masks.ts';
import { allProposals, costsOf, planUnder, type Survey, timeOf } from './survey.ts';

/**
 * @param from The best known configurations.
 * @returns New neighbors; none if the search has ended.
 */
export function nextSearch({ proposals, configurations }: Survey, from: readonly Mask[]): Mask[] {
  if (proposals.length <= EXACT) return [];
  const known = new Set(configurations);
  return [...new Set(from.flatMap(configuration => neighbors(configuration, proposals.length)))].filter(
    configuration => !known.has(configuration),
  );
}

/**
 * How much faster than `configuration` any other configuration may be: 0.1 is 10 %. The bound runs each query with
 * its fastest known plan. Above 12 relevant proposals not every plan is known, only the one that the planner prefers
 * under all proposals.
 * @returns undefined: a query has no time.
 */
export function gapOf(survey: Survey, configuration: Mask): number | undefined {
  const { totalMs } = costsOf(survey, configuration);
  const all = allProposals(survey);
  const queries = survey.queries.filter(({ failure }) => failure === undefined);
  if (totalMs === undefined || queries.some(query => planUnder(survey, query, all) === undefined))
    return undefined;
  const bound = queries.reduce((total, query) => {
    const times = query.plans.flatMap(plan => timeOf(plan)?.ms ?? []);
    return total + Math.min(...times) * query.callsADay;
  }, 0);
  return bound <= 0 ? undefined : totalMs / bound - 1;
}

/**
 * From 13 proposals on not every configuration is looked at: a search walks from the best ones known to their neighbors
 * until none is better. Whatever it has found so far is an answer; how far it may be from the best there is, `gapOf`
 * says. Pure.
 */
import { EXACT, type Mask, neighbors } from './masks.ts';
import { costsOf, everything, planUnder, type Survey, timeOf } from './survey.ts';

/**
 * @param from The best ones known.
 * @returns Configurations to be looked at next; none when no neighbor of the best ones is new.
 */
export function nextSearch({ proposals, configurations }: Survey, from: readonly Mask[]): Mask[] {
  if (proposals.length <= EXACT) return [];
  const known = new Set(configurations);
  return [...new Set(from.flatMap(configuration => neighbors(configuration, proposals.length)))].filter(
    configuration => !known.has(configuration),
  );
}

/**
 * How much faster than `configuration` any other one may still be: 0.1 is 10 %. No configuration is faster than each
 * query with the fastest of its plans, as long as all of them are known; that the planner's favorite, with everything
 * to choose from, is among those that are known is all that can be said beyond 12 proposals that matter to one query.
 * @returns undefined where not all of it was run.
 */
export function gapOf(survey: Survey, configuration: Mask): number | undefined {
  const { totalMs } = costsOf(survey, configuration);
  if (totalMs === undefined || planUnderAll(survey) === undefined) return undefined;
  const bound = survey.queries
    .filter(({ failure }) => failure === undefined)
    .reduce((total, query) => {
      const times = query.plans.flatMap(plan => timeOf(plan)?.ms ?? []);
      return total + Math.min(...times) * query.callsADay;
    }, 0);
  return bound <= 0 ? undefined : totalMs / bound - 1;
}

function planUnderAll(survey: Survey): true | undefined {
  const all = everything(survey);
  const known = survey.queries.every(
    query => query.failure !== undefined || planUnder(survey, query, all) !== undefined,
  );
  return known ? true : undefined;
}

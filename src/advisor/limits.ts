/**
 * How long a plan may run before it cannot matter any more: before every configuration that has it is beaten, whatever
 * its own time, by one that costs no more and whose times are known. Pure.
 */
import { answersDiffer } from './answers.ts';
import { costsNoMore } from './cheaper.ts';
import type { Mask } from './masks.ts';
import { costsOf, planUnder, type Survey, type SurveyedQuery, timeOf } from './survey.ts';

/** Run times scatter: a bound must lose clearly. */
const CLEARLY = 1.5;

/**
 * @param configurations All that are looked at.
 * @returns ms; 0 or less where it cannot matter already; Infinity where nothing bounds it.
 */
export function limitOf(
  survey: Pick<Survey, 'proposals' | 'queries' | 'answers'>,
  query: SurveyedQuery,
  planIndex: number,
  configurations: readonly Mask[],
): number {
  const plan = query.plans[planIndex];
  const rated = configurations.map(configuration => ({
    configuration,
    costs: costsOf(survey, configuration),
  }));
  const known = rated.flatMap(({ configuration, costs }) =>
    // What returns something else beats nothing, however fast it is.
    costs.totalMs === undefined || costs.atLeast || answersDiffer(survey, configuration)
      ? []
      : [{ costs, totalMs: costs.totalMs }],
  );
  let limit = Number.NEGATIVE_INFINITY;
  for (const { configuration, costs } of rated) {
    if (planUnder(survey, query, configuration) !== plan) continue;
    const best = Math.min(
      ...known.filter(other => costsNoMore(other.costs, costs)).map(({ totalMs }) => totalMs),
    );
    const others = leastTotal(survey, configuration, query);
    limit = Math.max(limit, (best - others) / Math.max(query.callsADay, Number.MIN_VALUE));
  }
  return limit * CLEARLY;
}

/** What the other queries take at least, ms a day; nothing for what was not run yet. */
function leastTotal(
  survey: Pick<Survey, 'proposals' | 'queries'>,
  configuration: Mask,
  except: SurveyedQuery,
): number {
  return survey.queries
    .filter(query => query !== except)
    .reduce((total, query) => {
      const plan = planUnder(survey, query, configuration);
      return total + (plan === undefined ? 0 : (timeOf(plan)?.ms ?? 0)) * query.callsADay;
    }, 0);
}

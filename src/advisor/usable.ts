/** A survey in which queries without any time count as failed. */
import type { Survey, SurveyedQuery } from './survey.ts';
import { timeOf } from './survey.ts';

/**
 * Without any time for one query (it divides by zero, say) no configuration would have a total. So the query counts
 * as failed: the advice reports it and leaves it out. A survey of production without any time at all stays as it is:
 * it is about plans.
 */
export function usableOf(survey: Survey): Survey {
  const isTimed = survey.queries.some(({ plans }) => plans.some(plan => timeOf(plan) !== undefined));
  if (survey.atProduction === true && !isTimed) return survey;
  const spoilt = survey.queries.some(query => reasonOf(query) !== query.failure);
  return spoilt
    ? { ...survey, queries: survey.queries.map(query => ({ ...query, failure: reasonOf(query) })) }
    : survey;
}

function reasonOf({ failure, plans }: SurveyedQuery): string | undefined {
  const [reason] = plans.flatMap(
    ({ failure: why, projected }) => why ?? (projected?.kind === 'unknown' ? projected.why : []),
  );
  return failure ?? (plans.every(plan => timeOf(plan) === undefined) ? reason : undefined);
}

/** A survey without what would spoil all of it. Pure. */
import type { Survey, SurveyedQuery } from './survey.ts';
import { timeOf } from './survey.ts';

/**
 * A query none of whose plans could be run (it divides by zero, say) has no time under any configuration, and then no
 * configuration has a total. It counts as one that failed: told, and left out.
 */
export function usableOf(survey: Survey): Survey {
  const spoilt = survey.queries.some(query => reasonOf(query) !== query.failure);
  return spoilt
    ? { ...survey, queries: survey.queries.map(query => ({ ...query, failure: reasonOf(query) })) }
    : survey;
}

function reasonOf({ failure, plans }: SurveyedQuery): string | undefined {
  const reason = plans.find(plan => plan.failure !== undefined)?.failure;
  return failure ?? (plans.every(plan => timeOf(plan) === undefined) ? reason : undefined);
}

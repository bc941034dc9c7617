/** A survey without what would spoil all of it. Pure. */
import type { Survey, SurveyedQuery } from './survey.ts';
import { timeOf } from './survey.ts';

/**
 * A query none of whose plans could be run (it divides by zero, say) has no time under any configuration, and then no
 * configuration has a total. It counts as failed: reported, and left out. So does one whose time in production nothing can
 * say, unless that is so of all of them: then plans are all that is asked for.
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

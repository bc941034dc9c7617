/** A survey of plans only, made in a lens of production: no plan has a time. */
import type { Survey } from './survey.ts';

const NEVER = 'nothing was rehearsed';

/** @param planned `answers` come from the session that compared the rewrites. */
export const plannedAhead = (planned: Survey): Survey => ({
  ...planned,
  budgetSpent: false,
  atProduction: true,
  queries: planned.queries.map(query => ({
    ...query,
    plans: query.plans.map(plan => ({ ...plan, projected: { kind: 'unknown', why: NEVER } })),
  })),
});

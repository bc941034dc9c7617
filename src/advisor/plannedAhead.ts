/** A survey of plans only, from a lens of production: no plan has a time. Pure. */
import type { Survey } from './survey.ts';

const NEVER = 'nothing was rehearsed';

/** @param planned Its answers are those of the session where rewrites were compared. */
export const plannedAhead = (planned: Survey): Survey => ({
  ...planned,
  budgetSpent: false,
  atProduction: true,
  queries: planned.queries.map(query => ({
    ...query,
    plans: query.plans.map(plan => ({ ...plan, projected: { kind: 'unknown', why: NEVER } })),
  })),
});

/** A survey of plans only, asked of a lens: of production, and nobody says what any of its plans takes. Pure. */
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

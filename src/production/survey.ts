/** Every configuration at production size: each of the plans that a lens has for them rehearsed, and projected. */

import type { ProductionSide } from '../advisor/projected.ts';
import {
  allProposals,
  BASELINE,
  idsOf,
  plannedAtProduction,
  planUnder,
  type Survey,
  type SurveyedPlan,
  type SurveyedQuery,
} from '../advisor/survey.ts';
import { structureOf } from '../session/whatRuns.ts';
import type { Query } from '../workload/workload.ts';
import { type PlanOptions, rehearsePlan } from './rehearsePlan.ts';
import type { Stage } from './stage.ts';

interface AheadOptions extends Omit<PlanOptions, 'onStep'> {
  /** No plan is rehearsed after this much time, ms. */
  readonly budgetMs: number;
  readonly now: () => number;
  /** What is rehearsed now: the `at`-th of `of` plans. */
  readonly onStep: (query: Query, stage: Stage, at: number, of: number) => void;
}

interface SurveyedAhead {
  /** Of production: each plan with its projected time, or why that is unknown. */
  readonly survey: Survey;
  /** What was rehearsed, by the plan it is of. */
  readonly sides: ReadonlyMap<SurveyedPlan, ProductionSide>;
}

/**
 * With no stages only plans and bytes are known: nothing is rehearsed.
 * @param planned Of the lens, plans only; its answers those of the survey where rewrites were compared.
 * @returns undefined when a session ended.
 */
export async function surveyAhead(
  planned: Survey,
  options: AheadOptions,
): Promise<SurveyedAhead | undefined> {
  const survey = plannedAtProduction(planned);
  return options.stages.length === 0 ? { survey, sides: new Map() } : rehearseEach(survey, options);
}

const SPENT = 'the time for rehearsing was spent before it was its turn';

const without = (plan: SurveyedPlan, why: string): SurveyedPlan => ({
  ...plan,
  projected: { kind: 'unknown', why },
});

async function rehearseEach(survey: Survey, options: AheadOptions): Promise<SurveyedAhead | undefined> {
  const { workload, budgetMs, now } = options;
  const startedAt = now();
  const known = new Map<string, ProductionSide>();
  const turns = inTurn(survey);
  const total = new Set(turns.map(({ key }) => key)).size;
  let isSpent = false;
  for (const { key, query, plan } of turns) {
    const one = workload.queries.find(({ id }) => id === query.id);
    if (known.has(key) || one === undefined) continue;
    isSpent ||= now() - startedAt >= budgetMs;
    if (isSpent) break;
    const { rewrite, estimate, configuration } = plan;
    const aim = { proposals: idsOf(survey, configuration), rewrite, plan: estimate };
    const side = await rehearsePlan(one, aim, {
      ...options,
      onStep: (rehearsed, stage) => options.onStep(rehearsed, stage, known.size + 1, total),
    });
    if (side === undefined) return undefined;
    known.set(key, side);
  }
  const sides = new Map<SurveyedPlan, ProductionSide>();
  const queries = survey.queries.map(query => ({
    ...query,
    plans: query.plans.map(plan => {
      const side = known.get(keyOf(query, plan));
      if (side === undefined) return without(plan, SPENT);
      const projected = { ...plan, projected: side.time };
      sides.set(projected, side);
      return projected;
    }),
  }));
  return { survey: { ...survey, queries, budgetSpent: isSpent }, sides };
}

interface Turn {
  readonly key: string;
  readonly query: SurveyedQuery;
  readonly plan: SurveyedPlan;
}

/** Plans of nothing and of everything first, then those that most configurations have: the time may not suffice for all. */
function inTurn(survey: Survey): readonly Turn[] {
  const turns = survey.queries.flatMap(query => {
    const under = survey.configurations.map(configuration => planUnder(survey, query, configuration));
    const ends = [BASELINE, allProposals(survey)].map(configuration =>
      planUnder(survey, query, configuration),
    );
    return query.plans.map(plan => ({
      key: keyOf(query, plan),
      query,
      plan,
      weight: ends.includes(plan) ? Number.MAX_VALUE : under.filter(one => one === plan).length,
    }));
  });
  // Ignore plans that belong only to configurations outside the survey.
  return turns.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight);
}

/** What runs is the structure: other costs and rows make no other plan. */
const keyOf = ({ id }: SurveyedQuery, { estimate, rewrite }: SurveyedPlan): string =>
  JSON.stringify([id, rewrite ?? null, structureOf(estimate.fingerprint)]);

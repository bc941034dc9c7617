/** Surveys all configurations at production size: rehearses and projects each plan that the lens found. */
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
import { structureOf } from '../session/runFingerprint.ts';
import type { Query } from '../workload/workload.ts';
import { type PlanOptions, rehearsePlan } from './rehearsePlan.ts';
import type { Stage } from './stage.ts';

interface ProductionSurveyOptions extends Omit<PlanOptions, 'onStep'> {
  /** No rehearsal starts after this time, ms. */
  readonly budgetMs: number;
  readonly now: () => number;
  /** Called before each rehearsal: plan `at` of `of`. */
  readonly onStep: (query: Query, stage: Stage, at: number, of: number) => void;
}

interface ProductionSurvey {
  /** Production's survey: each plan with its projected time, or why it is unknown. */
  readonly survey: Survey;
  /** Rehearsals by plan. */
  readonly sides: ReadonlyMap<SurveyedPlan, ProductionSide>;
}

/**
 * Without stages nothing is rehearsed; only plans and sizes are known.
 * @param planned The lens's survey, with the session's answers about rewrites.
 * @returns undefined if a session ended.
 */
export async function surveyAtProduction(
  planned: Survey,
  options: ProductionSurveyOptions,
): Promise<ProductionSurvey | undefined> {
  const survey = plannedAtProduction(planned);
  return options.stages.length === 0 ? { survey, sides: new Map() } : rehearseEach(survey, options);
}

const SPENT = 'the time budget ended before its rehearsal';

const without = (plan: SurveyedPlan, why: string): SurveyedPlan => ({
  ...plan,
  projected: { kind: 'unknown', why },
});

async function rehearseEach(
  survey: Survey,
  options: ProductionSurveyOptions,
): Promise<ProductionSurvey | undefined> {
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

/** Plans of the baseline and of all proposals first, then the most common ones, as time may run out. */
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

/** Plans that differ only in costs and rows are one plan. */
const keyOf = ({ id }: SurveyedQuery, { estimate, rewrite }: SurveyedPlan): string =>
  JSON.stringify([id, rewrite ?? null, structureOf(estimate.fingerprint)]);

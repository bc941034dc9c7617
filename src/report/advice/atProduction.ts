/** The advice for production size → its part of the JSON document (docs/advise-json.md). */
import { adviceOf } from '../../advisor/advice/advice.ts';
import { samePlansOf } from '../../advisor/advice/planned.ts';
import { type ProductionSide, unrehearsed } from '../../advisor/projected.ts';
import type { Demand } from '../../advisor/requirements/result.ts';
import { idsOf, planUnder, type Survey, type SurveyedPlan } from '../../advisor/survey.ts';
import { flattenPlan } from '../../plan/tree.ts';
import { plannedNodeModel } from '../planModel.ts';
import { sideModel } from '../production.ts';

export type ProductionAdvice = ReturnType<typeof productionAdvice>;

export interface ProductionSurvey {
  /** Of production. */
  readonly survey: Survey;
  readonly requirements: readonly Demand[];
  /** Ascending: `×0.002`; empty: nothing was rehearsed. */
  readonly sizes: readonly string[];
  readonly sides: ReadonlyMap<SurveyedPlan, ProductionSide>;
  /** The assumptions about production; clauses. */
  readonly remarks: readonly string[];
}

/** @param within Share of the fastest total time that counts as near; 0.05 is 5 %. */
export function productionAdvice(
  { survey, requirements, sizes, sides, remarks }: ProductionSurvey,
  within: number,
) {
  return {
    sizes,
    ...adviceOf(survey, requirements, within),
    /** The smallest configuration with the plans of all proposals. */
    samePlans: samePlansOf(survey, requirements),
    /** The distinct plans of each query, each with one configuration that has it. */
    plans: survey.queries.map(({ id, plans }) => ({
      query: id,
      plans: plans.map(plan => ({
        proposals: idsOf(survey, plan.configuration),
        ...sideModel(sides.get(plan) ?? sideOf(plan)),
        plan: flattenPlan(plan.estimate).map(plannedNodeModel),
      })),
    })),
    /** For each configuration: the position of each query's plan in its `plans`. */
    planned: survey.configurations.map(configuration => ({
      proposals: idsOf(survey, configuration),
      plans: survey.queries.map(query => {
        const plan = planUnder(survey, query, configuration);
        return plan === undefined ? null : query.plans.indexOf(plan);
      }),
    })),
    remarks,
  };
}

const sideOf = ({ estimate, rewrite, projected }: SurveyedPlan): ProductionSide =>
  unrehearsed({
    plan: estimate,
    rewrite,
    failure: undefined,
    time: projected ?? { kind: 'unknown', why: 'nothing was rehearsed' },
  });

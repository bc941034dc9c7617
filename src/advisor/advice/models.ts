/** Verdicts, costs and configurations → JSON values; null: not known. */

import { answerKey } from '../../session/events.ts';
import type { IndexNeed } from '../indexNeeds.ts';
import type { Mask } from '../masks.ts';
import type { ProposalDifference } from '../matrix.ts';
import type { Demand } from '../requirements/result.ts';
import { savedOf } from '../saved.ts';
import {
  BASELINE,
  type Costs,
  compareConfigurations,
  costsOf,
  howKnown,
  idsOf,
  planUnder,
  type Survey,
  type SurveyedPlan,
  timeOf,
} from '../survey.ts';
import type { Verdict } from '../verdict.ts';

export type IndexNeedModel = ReturnType<typeof indexNeedModel>;
export type VerdictModel = ReturnType<typeof verdictModel>;
export type CostsModel = ReturnType<typeof costsModel>;
export type ChoiceModel = ReturnType<typeof choiceModel>;

export function verdictModel(verdict: Verdict) {
  const known = 'factor' in verdict ? verdict : undefined;
  return {
    kind: verdict.kind,
    beforeMs: known?.beforeMs ?? null,
    afterMs: known?.afterMs ?? null,
    /** before ÷ after. */
    factor: known?.factor ?? null,
    atLeast: known?.atLeast ?? false,
    /** JSON has no Infinity. */
    interval: known?.interval?.map(end => (Number.isFinite(end) ? end : null)) ?? null,
    p: known?.p ?? null,
    /** Both sides are projected, and `interval` covers every possible factor. */
    projected: known?.projected ?? false,
    tooFew: verdict.kind === 'not measured' && verdict.tooFew === true,
  };
}

export function differenceModel(difference: ProposalDifference | undefined) {
  return {
    savedMs: difference?.savedMs ?? null,
    atLeast: difference?.atLeast ?? false,
    queries: (difference?.queries ?? []).map(({ query, verdict }) => ({
      query,
      verdict: verdictModel(verdict),
    })),
    changesPlans: difference?.changesPlans ?? false,
    meets: difference?.meets ?? [],
  };
}

export function indexNeedModel({ kind, name, table, columns, foreignKey, indexes }: IndexNeed) {
  return {
    kind,
    name,
    table,
    columns,
    indexes: indexes.map(index => index.name),
    foreignKey: foreignKey === undefined ? null : { ...foreignKey, lookup: foreignKey.lookup ?? null },
  };
}

export const isAbout =
  (proposal: string) =>
  ({ indexes }: IndexNeed): boolean =>
    indexes.some(({ droppedBy }) => droppedBy.includes(proposal));

export function costsModel({ totalMs, writeMs, ...costs }: Costs) {
  return {
    totalMs: totalMs ?? null,
    atLeast: costs.atLeast,
    bytes: costs.bytes,
    freedBytes: costs.freedBytes,
    netBytes: costs.bytes - costs.freedBytes,
    writeMs: writeMs ?? null,
    refreshMs: costs.refreshMs,
    changes: costs.changes,
  };
}

export function choiceModel(survey: Survey, configuration: Mask, requirements: readonly Demand[]) {
  const saved = savedOf(survey, configuration);
  return {
    proposals: idsOf(survey, configuration),
    costs: costsModel(costsOf(survey, configuration)),
    saved: {
      savedMs: saved.savedMs ?? null,
      interval: saved.interval ?? null,
      atLeast: saved.atLeast,
      stopped: saved.stopped,
      beforeMs: saved.beforeMs ?? null,
      afterMs: saved.afterMs ?? null,
      weighted: saved.weighted,
      /** `interval` covers every possible saving; otherwise 95 %. */
      projected: survey.atProduction === true,
    },
    queries: survey.queries.map(query => {
      const plan = planUnder(survey, query, configuration);
      const before = planUnder(survey, query, BASELINE);
      const answer =
        plan?.rewrite === undefined ? undefined : survey.answers.get(answerKey(query.id, plan.rewrite));
      return {
        query: query.id,
        before: timeModel(before),
        after: timeModel(plan),
        verdict: verdictModel(compareConfigurations(survey, query, BASELINE, configuration)),
        plan: howKnown(survey, query, configuration) ?? null,
        runs: plan?.runsMs.length ?? 0,
        rewrite: plan?.rewrite ?? null,
        /** Whether the rewrite returns the query's rows; null: no rewrite, or not compared. */
        answer: answer?.verdict ?? null,
      };
    }),
    requirements: requirements.map(requirement => {
      const judgement = requirement.judge(configuration);
      return {
        requirement: requirement.id,
        judgement,
        missBy: judgement === 'fail' ? (requirement.missBy(configuration) ?? null) : null,
      };
    }),
  };
}

export type PlanTimeModel = NonNullable<ReturnType<typeof timeModel>>;

function timeModel(plan: SurveyedPlan | undefined) {
  const time = timeOf(plan);
  if (time === undefined) return null;
  const projected = plan?.projected;
  const between = projected?.kind === 'projected' ? [projected.ms.low, projected.ms.high] : null;
  /** `interval` belongs to a projection; null: measured. */
  return { ms: time.ms, atLeast: time.atLeast, interval: between };
}

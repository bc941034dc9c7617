/** The advice on production from plans and bytes alone. */
import { answersDiffer } from '../answers.ts';
import { byCost } from '../cheaper.ts';
import type { Mask } from '../masks.ts';
import type { Demand } from '../requirements/result.ts';
import { allProposals, costsOf, planUnder, type Survey } from '../survey.ts';
import { type Advice, advising } from './advice.ts';
import { type ChoiceModel, choiceModel } from './models.ts';

/**
 * The smallest configuration with the plans of all proposals: what it leaves out changes no plan. It needs no run
 * time, so it is known for production.
 * @returns undefined: a plan is not known, or returns other rows.
 */
export function samePlansAsEverything(survey: Survey): Mask | undefined {
  const queries = survey.queries.filter(({ failure }) => failure === undefined);
  const wanted = queries.map(query => planUnder(survey, query, allProposals(survey)));
  if (wanted.some(plan => plan === undefined) || answersDiffer(survey, allProposals(survey)))
    return undefined;
  const [smallest] = survey.configurations
    .filter(configuration =>
      queries.every((query, at) => planUnder(survey, query, configuration) === wanted[at]),
    )
    .map(configuration => ({ configuration, costs: costsOf(survey, configuration) }))
    .sort(byCost);
  return smallest?.configuration;
}

export interface PlannedAdvice extends Advice {
  /** As samePlansAsEverything(); null: not known. */
  readonly samePlans: ChoiceModel | null;
}

export function samePlansOf(survey: Survey, requirements: readonly Demand[]): ChoiceModel | null {
  const smallest = samePlansAsEverything(survey);
  return smallest === undefined ? null : choiceModel(survey, smallest, requirements);
}

/** In steps, as advising(); judges only what plans and bytes decide. */
export function* advisingPlanned(
  survey: Survey,
  requirements: readonly Demand[],
  within: number,
): Generator<undefined, PlannedAdvice> {
  const advice = yield* advising(survey, requirements, within);
  yield;
  return judgedOnly({ ...advice, samePlans: samePlansOf(survey, requirements) });
}

/** Without times, removes requirements that no plan decides, and claims that a proposal helps nothing. */
export function judgedOnly<T extends PlannedAdvice>(advice: T): T {
  const requirements = advice.requirements.filter(({ state }) => state !== 'not measured');
  const decided = new Set(requirements.map(({ id }) => id));
  const of = <C extends ChoiceModel | null>(choice: C): C =>
    choice === null
      ? choice
      : { ...choice, requirements: choice.requirements.filter(one => decided.has(one.requirement)) };
  return {
    ...advice,
    matrix: advice.matrix.map(column => ({ ...column, helps: 'unknown' })),
    requirements,
    samePlans: of(advice.samePlans),
    everything: of(advice.everything),
    baseline: of(advice.baseline),
  };
}

/** Ids of queries whose plan a proposal changes or whose plan reads it. */
export interface PlansOfProposal {
  readonly id: string;
  readonly kind: Advice['proposals'][number]['kind'];
  readonly bytes: number;
  /** Plans that it changes alone, and added to all others. */
  readonly alone: readonly string[];
  readonly added: readonly string[];
  /** Plans that read it with all proposals on, and under any configuration. */
  readonly read: readonly string[];
  readonly readByAny: readonly string[];
}

/** Leaves out queries without any plan. */
export function plansOfProposals({ proposals, matrix, queries }: Advice): readonly PlansOfProposal[] {
  const failed = new Set(queries.filter(({ failure }) => failure !== null).map(({ id }) => id));
  return proposals.map(({ id, kind, bytes, freedBytes }, at) => {
    const cells = (matrix[at]?.cells ?? []).filter(({ query }) => !failed.has(query));
    const where = (is: (cell: (typeof cells)[number]) => boolean) =>
      cells.filter(is).map(({ query }) => query);
    return {
      id,
      kind,
      bytes: bytes - freedBytes,
      alone: where(({ alone }) => alone.kind !== 'same plan'),
      added: where(({ added }) => added.kind !== 'same plan'),
      read: where(({ used }) => used),
      readByAny: where(({ usedAnywhere }) => usedAnywhere),
    };
  });
}

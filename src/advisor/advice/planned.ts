/** The smallest configuration that plans as everything does: what is left out of it changes no plan. Pure. */
import { answersDiffer } from '../answers.ts';
import { byCost } from '../cheaper.ts';
import type { Mask } from '../masks.ts';
import type { Requirement } from '../requirement.ts';
import { costsOf, everything, planUnder, type Survey } from '../survey.ts';
import { type Advice, advising } from './advice.ts';
import { type ChoiceModel, choiceModel } from './models.ts';

/**
 * It needs no run time, and so is known for production, where nothing is run.
 * @returns undefined where a plan of everything is not known, or returns something else.
 */
export function samePlansAsEverything(survey: Survey): Mask | undefined {
  const queries = survey.queries.filter(({ failure }) => failure === undefined);
  const wanted = queries.map(query => planUnder(survey, query, everything(survey)));
  if (wanted.some(plan => plan === undefined) || answersDiffer(survey, everything(survey))) return undefined;
  const [smallest] = survey.configurations
    .filter(configuration =>
      queries.every((query, at) => planUnder(survey, query, configuration) === wanted[at]),
    )
    .map(configuration => ({ configuration, costs: costsOf(survey, configuration) }))
    .sort(byCost);
  return smallest?.configuration;
}

/** What is advised of production from plans and bytes alone: printed, and shown on the explorer's page. Pure. */

export interface PlannedAdvice extends Advice {
  /** The smallest configuration with the plans of everything; null where there is none that is known. */
  readonly samePlans: ChoiceModel | null;
}

export function samePlansOf(survey: Survey, requirements: readonly Requirement[]): ChoiceModel | null {
  const smallest = samePlansAsEverything(survey);
  return smallest === undefined ? null : choiceModel(survey, smallest, requirements);
}

/** In steps, as advising(). Only what plans and bytes decide is judged. */
export function* advisingPlanned(
  survey: Survey,
  requirements: readonly Requirement[],
  within: number,
): Generator<undefined, PlannedAdvice> {
  const advice = yield* advising(survey, requirements, within);
  yield;
  return judgedOnly({ ...advice, samePlans: samePlansOf(survey, requirements) });
}

/** Where nothing has a time, no time is judged; and what helps nothing is in the table of plans. */
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

/** Of one proposal: ids of queries. */
export interface PlansOfProposal {
  readonly id: string;
  readonly kind: Advice['proposals'][number]['kind'];
  /** What it adds without what it frees. */
  readonly bytes: number;
  /** Whose plan it changes alone, and added to all others. */
  readonly alone: readonly string[];
  readonly added: readonly string[];
  /** Whose plan reads it with everything on, and under any configuration. */
  readonly read: readonly string[];
  readonly readByAny: readonly string[];
}

/** Queries that could not be planned at all are not counted as others. */
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

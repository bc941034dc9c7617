/** The smallest configuration that plans as everything does: what is left out of it changes no plan. Pure. */
import { answersDiffer } from './answers.ts';
import { byCost } from './cheaper.ts';
import type { Mask } from './masks.ts';
import { costsOf, everything, planUnder, type Survey } from './survey.ts';

/**
 * It needs no run time, and so can be told of production, where nothing is run.
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

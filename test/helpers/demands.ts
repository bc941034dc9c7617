/** Demands on configurations that a survey alone can judge. */
import type { Mask } from '../../src/advisor/masks.ts';
import type { Demand, VerdictState } from '../../src/advisor/requirements/result.ts';
import { costsOf, planUnder, type Survey, type SurveyedQuery, timeOf } from '../../src/advisor/survey.ts';

/**
 * Each query must stay below its target. A run that was stopped below the target decides nothing; above it, it fails.
 */
export function timeRequirements(survey: Survey): Demand[] {
  return survey.queries.map(query => ({
    id: query.id,
    title: query.title,
    judge: configuration => judgeTime(survey, query, configuration),
    missBy: configuration => {
      const time = timeUnder(survey, query, configuration);
      return time === undefined || query.targetMs <= 0 ? undefined : Math.max(1, time.ms / query.targetMs);
    },
  }));
}

function judgeTime(survey: Survey, query: SurveyedQuery, configuration: Mask): VerdictState {
  const time = timeUnder(survey, query, configuration);
  if (time === undefined) return 'not measured';
  if (time.ms >= query.targetMs) return 'fail';
  return time.atLeast ? 'not measured' : 'pass';
}

function timeUnder(survey: Survey, query: SurveyedQuery, configuration: Mask) {
  return timeOf(planUnder(survey, query, configuration));
}

/** The bytes that the proposals add, without credit for bytes that they free. */
export function storageRequirement(survey: Survey, bytes: number): Demand {
  const added = (configuration: Mask) => costsOf(survey, configuration).bytes;
  return {
    id: 'storage',
    title: 'storage that the proposals add',
    judge: configuration => (added(configuration) < bytes ? 'pass' : 'fail'),
    missBy: configuration => (bytes <= 0 ? undefined : Math.max(1, added(configuration) / bytes)),
  };
}

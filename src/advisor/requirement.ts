/** A requirement on configurations, and the two kinds that a survey alone can judge. */
import type { Mask } from './masks.ts';
import { costsOf, planUnder, type Survey, type SurveyedQuery, timeOf } from './survey.ts';

export type Judgement = 'pass' | 'fail' | 'not applicable' | 'not measured';

export interface Requirement {
  readonly id: string;
  readonly title: string;
  judge(configuration: Mask): Judgement;
  /** If it fails: the factor by which it misses, at least 1; undefined: no such factor exists. */
  missBy(configuration: Mask): number | undefined;
}

/**
 * Each query must stay below its target. A run that was stopped below the target decides nothing; above it, it fails.
 */
export function timeRequirements(survey: Survey): Requirement[] {
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

function judgeTime(survey: Survey, query: SurveyedQuery, configuration: Mask): Judgement {
  const time = timeUnder(survey, query, configuration);
  if (time === undefined) return 'not measured';
  if (time.ms >= query.targetMs) return 'fail';
  return time.atLeast ? 'not measured' : 'pass';
}

function timeUnder(survey: Survey, query: SurveyedQuery, configuration: Mask) {
  const plan = planUnder(survey, query, configuration);
  return plan === undefined ? undefined : timeOf(plan);
}

/** The bytes that the proposals add, without credit for bytes that they free. */
export function storageRequirement(survey: Survey, bytes: number): Requirement {
  const added = (configuration: Mask) => costsOf(survey, configuration).bytes;
  return {
    id: 'storage',
    title: 'storage that the proposals add',
    judge: configuration => (added(configuration) < bytes ? 'pass' : 'fail'),
    missBy: configuration => (bytes <= 0 ? undefined : Math.max(1, added(configuration) / bytes)),
  };
}

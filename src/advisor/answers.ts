/** Whether a configuration returns what the queries return: no time is worth another answer. Pure. */
import { answerKey } from '../session/events.ts';
import { rewriteOf } from '../session/plannedText.ts';
import type { Rewrite, Workload } from '../workload/workload.ts';
import type { Mask } from './masks.ts';
import { BASELINE, planUnder, type Survey, type SurveyedQuery } from './survey.ts';

export type Answers = 'same' | 'different' | 'not compared';

/**
 * By the rewrites that its plans read. What the database reads already, of a view that is in place, no configuration
 * brings about.
 */
export function answersUnder(
  survey: Pick<Survey, 'proposals' | 'queries' | 'answers'>,
  configuration: Mask,
): Answers {
  let worst: Answers = 'same';
  for (const query of survey.queries) {
    const rewrite = planUnder(survey, query, configuration)?.rewrite;
    if (rewrite === undefined || rewrite === planUnder(survey, query, BASELINE)?.rewrite) continue;
    const verdict = survey.answers.get(answerKey(query.id, rewrite))?.verdict;
    if (verdict === 'different') return 'different';
    if (verdict === undefined || verdict === 'not compared') worst = 'not compared';
  }
  return worst;
}

/** The rewrite that a query is planned with; undefined where its own text is. */
export const rewriteUnder = (
  workload: Workload,
  survey: Survey,
  query: SurveyedQuery,
  configuration: Mask,
): Rewrite | undefined =>
  rewriteOf(
    workload.queries.find(({ id }) => id === query.id),
    planUnder(survey, query, configuration)?.rewrite,
  );

/** It is known that it returns something else. */
export const answersDiffer = (
  survey: Pick<Survey, 'proposals' | 'queries' | 'answers'>,
  configuration: Mask,
): boolean => answersUnder(survey, configuration) === 'different';

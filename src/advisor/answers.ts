/** Whether a configuration returns the rows of the original queries: speed never excuses another result. */
import { answerKey } from '../session/events.ts';
import { rewriteOf } from '../session/plannedText.ts';
import type { Rewrite, Workload } from '../workload/workload.ts';
import type { Mask } from './masks.ts';
import { BASELINE, planUnder, type Survey, type SurveyedQuery } from './survey.ts';

type Answers = 'same' | 'different' | 'not compared';

/** Checks the rewrites that its plans read, except those that the baseline reads already from a view in place. */
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

/** undefined: the query's own text is planned. */
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

/** True only if the rows are known to differ. */
export const answersDiffer = (
  survey: Pick<Survey, 'proposals' | 'queries' | 'answers'>,
  configuration: Mask,
): boolean => answersUnder(survey, configuration) === 'different';

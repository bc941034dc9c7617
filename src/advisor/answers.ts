/** Whether a configuration returns what the queries return: no time is worth another answer. Pure. */
import { answerKey } from '../session/events.ts';
import type { Mask } from './masks.ts';
import { planUnder, type Survey } from './survey.ts';

/**
 * A query's plan under it reads a rewrite that was compared, and returns something else. The baseline never does:
 * rewrites need a view.
 */
export function answersDiffer(
  survey: Pick<Survey, 'proposals' | 'queries' | 'answers'>,
  configuration: Mask,
): boolean {
  if (![...survey.answers.values()].some(({ verdict }) => verdict === 'different')) return false;
  return survey.queries.some(query => {
    const rewrite = planUnder(survey, query, configuration)?.rewrite;
    return rewrite !== undefined && survey.answers.get(answerKey(query.id, rewrite))?.verdict === 'different';
  });
}

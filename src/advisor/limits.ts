/**
 * How long a plan may run before it cannot matter any more: before every configuration that has it is beaten, whatever
 * its own time, by a cheaper one that differs in one proposal. That one is slower in no other query, as far as was measured.
 * Pure.
 */
import { answersDiffer } from './answers.ts';
import { byCost, costsNoMore } from './cheaper.ts';
import { judged } from './judged.ts';
import { bit, type Mask } from './masks.ts';
import { costsOf, planUnder, type Survey, type SurveyedQuery, timeOf } from './survey.ts';

/** Run times scatter: a bound must lose clearly. */
const CLEARLY = 1.5;

/**
 * @param configurations All that are looked at.
 * @returns ms; 0 or less where it cannot matter already; Infinity where nothing bounds it.
 */
export function limitOf(
  survey: Pick<Survey, 'proposals' | 'queries' | 'answers'>,
  query: SurveyedQuery,
  planIndex: number,
  configurations: readonly Mask[],
): number {
  const plan = query.plans[planIndex];
  const known = new Set(configurations);
  let limit = Number.NEGATIVE_INFINITY;
  for (const configuration of configurations) {
    if (planUnder(survey, query, configuration) !== plan) continue;
    limit = Math.max(limit, limitUnder(survey, query, configuration, known));
    if (limit === Number.POSITIVE_INFINITY) break;
  }
  return limit;
}

function limitUnder(
  survey: Pick<Survey, 'proposals' | 'queries' | 'answers'>,
  query: SurveyedQuery,
  configuration: Mask,
  known: ReadonlySet<Mask>,
): number {
  const plan = planUnder(survey, query, configuration);
  const one = { configuration, costs: costsOf(survey, configuration) };
  let limit = Number.POSITIVE_INFINITY;
  for (const position of survey.proposals.keys()) {
    const other = { configuration: configuration ^ bit(position), costs: one.costs };
    if (!known.has(other.configuration)) continue;
    other.costs = costsOf(survey, other.configuration);
    if (byCost(other, one) >= 0 || !costsNoMore(other.costs, one.costs)) continue;
    // What returns something else beats nothing, however fast it is.
    if (answersDiffer(survey, other.configuration)) continue;
    if (!isNoSlower(survey, query, configuration, other.configuration)) continue;
    const rival = planUnder(survey, query, other.configuration);
    if (rival === plan) return Number.NEGATIVE_INFINITY;
    const time = rival === undefined ? undefined : timeOf(rival);
    if (time !== undefined && !time.atLeast) limit = Math.min(limit, time.ms * CLEARLY);
  }
  return limit;
}

/** In all other queries. */
function isNoSlower(
  survey: Pick<Survey, 'proposals' | 'queries'>,
  except: SurveyedQuery,
  from: Mask,
  to: Mask,
): boolean {
  return survey.queries
    .filter(query => query !== except && query.failure === undefined)
    .every(query => {
      const { kind } = judged(planUnder(survey, query, from), planUnder(survey, query, to));
      return kind !== 'slower' && kind !== 'not measured';
    });
}

/** A board for any configuration of a survey → what a choice among configurations is held to. Pure. */
import { answerKey } from '../../session/events.ts';
import type { Workload } from '../../workload/types.ts';
import type { Mask } from '../masks.ts';
import type { Requirement as Demand } from '../requirement.ts';
import { costsOf, planUnder, type Survey, timeOf } from '../survey.ts';
import type { Requirement, Verdict } from './types.ts';

export interface SurveyRequirements {
  /** What a choice among configurations is held to, in the board's order. */
  readonly demands: readonly Demand[];
  /** The board of one configuration: before is the baseline. */
  readonly under: (configuration: Mask) => readonly Requirement[];
}

/** @param judged Of a requirement, what counts here. */
export function demanding(
  workload: Workload,
  survey: Survey,
  board: (configuration: Mask) => readonly Requirement[],
  judged: (requirement: Requirement) => Verdict | undefined,
): SurveyRequirements {
  const boards = new Map<Mask, readonly Requirement[]>();
  const under = (configuration: Mask): readonly Requirement[] => {
    const known = boards.get(configuration) ?? board(configuration);
    boards.set(configuration, known);
    return known;
  };
  // All but storage is judged by the plans alone, and many configurations have the same ones.
  const samePlans = new Map<string, Mask>();
  const representative = (configuration: Mask): Mask => {
    const key = survey.queries
      .map(query => planUnder(survey, query, configuration)?.fingerprint ?? '')
      .join(' ');
    const known = samePlans.get(key) ?? configuration;
    samePlans.set(key, known);
    return known;
  };
  const { storageBytes } = workload.budgets;
  const bytesOf = (configuration: Mask) => costsOf(survey, configuration).bytes;
  const rows = under(0);
  const numbers = new Set(workload.queries.map(({ number }) => number));
  const demands = rows.map(({ id, title }, row): Demand => {
    const number = [...numbers][row];
    return {
      id,
      title,
      judge: configuration => {
        if (row === numbers.size) return bytesOf(configuration) < storageBytes ? 'pass' : 'fail';
        const requirement = under(representative(configuration))[row];
        const state = (requirement && judged(requirement)?.state) ?? 'not measured';
        return state === 'pass' && isUnproven(survey, number, configuration) ? 'not measured' : state;
      },
      missBy: configuration =>
        number !== undefined
          ? missOfTime(survey, number, configuration)
          : row === numbers.size
            ? Math.max(1, bytesOf(configuration) / storageBytes)
            : undefined,
    };
  });
  return { demands, under };
}

/** A plan of this query (of any, without a number) reads a rewrite that is not known to return the same. */
function isUnproven(survey: Survey, number: number | undefined, configuration: Mask): boolean {
  return survey.queries.some(query => {
    const rewrite = planUnder(survey, query, configuration)?.rewrite;
    if (rewrite === undefined || (number !== undefined && query.number !== number)) return false;
    const verdict = survey.answers.get(answerKey(query.id, rewrite))?.verdict;
    return verdict !== 'same' && verdict !== 'same but for ties';
  });
}

/** Of the query's sets of values the worst one. */
function missOfTime(survey: Survey, number: number, configuration: Mask): number | undefined {
  const misses = survey.queries
    .filter(query => query.number === number)
    .map(query => {
      const plan = planUnder(survey, query, configuration);
      const time = plan === undefined ? undefined : timeOf(plan);
      return time === undefined || query.targetMs <= 0 ? undefined : time.ms / query.targetMs;
    });
  const known = misses.filter(miss => miss !== undefined);
  return known.length === 0 ? undefined : Math.max(1, ...known);
}

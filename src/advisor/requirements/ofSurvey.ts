/** The requirements under any configuration of a survey, as rows for a person and as demands on a choice. */
import { median } from '../../base/statistics.ts';
import { Configuration } from '../../session/configuration.ts';
import { answerKey, type Measurement, type TableFact } from '../../session/events.ts';
import type { Workload } from '../../workload/workload.ts';
import type { Mask } from '../masks.ts';
import { costsOf, idsOf, maskOf, planUnder, type Survey, type SurveyedPlan, timeOf } from '../survey.ts';
import { unusableAmong } from '../unknownEffect.ts';
import { requirementsOf } from './board.ts';
import { knownFrom } from './known.ts';
import type { Demand, Requirement, Verdict } from './result.ts';

export interface SurveyRequirements {
  /** Demands on a choice among configurations, in the board's order. */
  readonly demands: readonly Demand[];
  /** The rows of one configuration, compared with the baseline. */
  readonly under: (configuration: Mask) => readonly Requirement[];
}

/** @param judged The side of a requirement that counts. */
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
  // Only storage depends on more than the plans, and many configurations share all plans.
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
  const demands = under(0).map(({ id, title, dependsOn }, row): Demand => {
    const number = typeof dependsOn === 'number' ? dependsOn : undefined;
    return {
      id,
      title,
      judge: configuration => {
        if (dependsOn === 'storage') return bytesOf(configuration) < storageBytes ? 'pass' : 'fail';
        const requirement = under(representative(configuration))[row];
        const state = (requirement && judged(requirement)?.state) ?? 'not measured';
        return state === 'pass' && isUnproven(survey, number, configuration) ? 'not measured' : state;
      },
      missBy: configuration =>
        number !== undefined
          ? missOfTime(survey, number, configuration)
          : dependsOn === 'storage'
            ? Math.max(1, bytesOf(configuration) / storageBytes)
            : undefined,
    };
  });
  return { demands, under };
}

/**
 * Whether a plan of this query (without a number: of any query) reads a rewrite that is not known to return the same
 * rows.
 */
function isUnproven(survey: Survey, number: number | undefined, configuration: Mask): boolean {
  return survey.queries.some(query => {
    const rewrite = planUnder(survey, query, configuration)?.rewrite;
    if (rewrite === undefined || (number !== undefined && query.number !== number)) return false;
    const verdict = survey.answers.get(answerKey(query.id, rewrite))?.verdict;
    return verdict !== 'same' && verdict !== 'same but for ties';
  });
}

/** The worst of the query's sets of values. */
function missOfTime(survey: Survey, number: number, configuration: Mask): number | undefined {
  const misses = survey.queries
    .filter(query => query.number === number)
    .map(query => {
      const time = timeOf(planUnder(survey, query, configuration));
      return time === undefined || query.targetMs <= 0 ? undefined : time.ms / query.targetMs;
    });
  const known = misses.filter(miss => miss !== undefined);
  return known.length === 0 ? undefined : Math.max(1, ...known);
}

export function surveyRequirements(
  workload: Workload,
  survey: Survey,
  tables: readonly TableFact[],
  serverVersion: string | undefined,
): SurveyRequirements {
  return demanding(
    workload,
    survey,
    configuration => boardUnder(workload, survey, tables, serverVersion, configuration),
    ({ after }) => after,
  );
}

function boardUnder(
  workload: Workload,
  survey: Survey,
  tables: readonly TableFact[],
  serverVersion: string | undefined,
  configuration: Mask,
): readonly Requirement[] {
  const queryOf = (queryId: string) => survey.queries.find(({ id }) => id === queryId);
  const known = knownFrom(workload, idsOf(survey, configuration), {
    tables,
    serverVersion,
    verified: undefined,
    // Only sessions that roll writes back have runs of them.
    writing: new Map(
      survey.queries
        .filter(({ plans }) =>
          plans.some(({ runsMs, stopped }) => runsMs.length > 0 || stopped !== undefined),
        )
        .map(({ id }) => [id, undefined]),
    ),
    answer: (queryId, rewrite) => survey.answers.get(answerKey(queryId, rewrite)),
    planned: (queryId, key) => {
      const query = queryOf(queryId);
      if (query?.failure !== undefined) return { missing: [], failure: query.failure };
      const plan = query && planUnder(survey, query, maskOf(survey, Configuration.fromKey(key).proposals));
      return plan && { missing: [], plan: plan.estimate, rewrite: plan.rewrite };
    },
    measured: (queryId, fingerprint) => {
      const plan = queryOf(queryId)?.plans.find(one => one.fingerprint === fingerprint);
      return (
        plan && {
          measurement: measurementOf(plan),
          boundMs:
            plan.stopped !== undefined && plan.stopped.because !== 'timeout'
              ? plan.stopped.afterMs
              : undefined,
          problem: plan.failure ?? (plan.skipped ? 'not run: no choice can depend on it' : undefined),
        }
      );
    },
    objects: id => survey.proposals.find(proposal => proposal.id === id)?.objects,
    unusable: unusableAmong(survey.proposals, id => survey.proposals.find(proposal => proposal.id === id)),
  });
  return requirementsOf(known);
}

/** undefined: not run, or stopped because it could not matter, which is a lower bound and no timeout. */
function measurementOf({ runsMs, stopped, tree }: SurveyedPlan): Measurement | undefined {
  if (stopped?.because === 'timeout')
    return { runsMs: [], medianMs: undefined, timedOutAfterMs: stopped.afterMs, tree: undefined };
  const medianMs = median(runsMs);
  return medianMs === undefined ? undefined : { runsMs, medianMs, timedOutAfterMs: undefined, tree };
}

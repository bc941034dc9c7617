/** The requirements under any configuration of a survey. Pure. */

import { median } from '../../base/statistics.ts';
import { Configuration } from '../../session/configuration.ts';
import { answerKey, type Measurement, type TableFact } from '../../session/events.ts';
import type { Workload } from '../../workload/types.ts';
import type { Mask } from '../masks.ts';
import { idsOf, maskOf, planUnder, type Survey, type SurveyedPlan } from '../survey.ts';
import { unusableAmong } from '../unknownEffect.ts';
import { requirementsOf } from './board.ts';
import { demanding, type SurveyRequirements } from './demanding.ts';
import { knownFrom } from './known.ts';
import type { Requirement } from './types.ts';

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
          problem:
            plan.failure ?? (plan.skipped ? 'not run: it could not be the choice any more' : undefined),
        }
      );
    },
    objects: id => survey.proposals.find(proposal => proposal.id === id)?.objects,
    unusable: unusableAmong(survey.proposals, id => survey.proposals.find(proposal => proposal.id === id)),
  });
  return requirementsOf(known);
}

/** undefined where it was not run, or was stopped because it could not matter: that is no timeout, but a bound. */
function measurementOf({ runsMs, stopped, tree }: SurveyedPlan): Measurement | undefined {
  if (stopped?.because === 'timeout')
    return { runsMs: [], medianMs: undefined, timedOutAfterMs: stopped.afterMs, tree: undefined };
  const medianMs = median(runsMs);
  return medianMs === undefined ? undefined : { runsMs, medianMs, timedOutAfterMs: undefined, tree };
}

/** Results → requirements and invariants of the check document. Pure. */

import type { AtProduction } from '../advisor/projected.ts';
import { requirementsOf } from '../advisor/requirements/board.ts';
import { invariantsOf } from '../advisor/requirements/invariants.ts';
import { knownFrom } from '../advisor/requirements/known.ts';
import { knownThere } from '../advisor/requirements/there.ts';
import type { Verdict } from '../advisor/requirements/types.ts';
import { unusableAmong } from '../advisor/unknownEffect.ts';
import { answerKey, measurementKey } from '../session/events.ts';
import type { Workload } from '../workload/types.ts';
import type { Results } from './results.ts';

export type VerdictModel = ReturnType<typeof verdictModel>;

export function requirementsModel(
  workload: Workload,
  results: Results,
  on: readonly string[],
  production?: AtProduction,
) {
  const { opened, verified, answers, estimates, measurements, failures, proposals } = results;
  const known = knownFrom(workload, on, {
    tables: opened?.tables ?? [],
    serverVersion: opened?.serverVersion,
    verified,
    inLens: opened?.lens !== undefined,
    answer: (queryId, rewrite) => answers.get(answerKey(queryId, rewrite)),
    planned: (queryId, configuration) => estimates.get(configuration)?.get(queryId),
    measured: (queryId, fingerprint) => {
      const key = measurementKey(queryId, fingerprint);
      return { ...measurements.get(key), problem: failures.get(key) };
    },
    objects: id => proposals.get(id)?.built?.objects,
    unusable: unusableAmong(workload.proposals, id => proposals.get(id)?.built),
    hasFailed: id => proposals.get(id)?.state === 'failed',
  });
  return {
    requirements: requirementsOf(known, production && knownThere(workload, on, production)).map(
      ({ id, title, before, after, atProductionSize }) => ({
        id,
        title,
        before: verdictModel(before),
        after: verdictModel(after),
        /** null: not projected yet. */
        atProductionSize: atProductionSize === undefined ? null : verdictModel(atProductionSize),
      }),
    ),
    invariants: invariantsOf(known).map(({ id, title, verdict }) => ({
      id,
      title,
      verdict: verdictModel(verdict),
    })),
  };
}

function verdictModel({ state, figure, text, evidence }: Verdict) {
  return {
    state,
    figure,
    text,
    evidence: evidence.map(({ text: line, queryId, node, bytes }) => ({
      text: line,
      queryId: queryId ?? null,
      node: node ?? null,
      bytes: bytes ?? null,
    })),
  };
}

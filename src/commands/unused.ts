/** Asks a session why queries do not use the indexes that are on, once everything is measured. */
import { PgoptError } from '../errors.ts';
import type { Results, UnusedResult } from '../report/results.ts';
import { configurationKey, type ExplorerSession, measurementKey } from '../session/events.ts';
import type { Race } from '../session/whyUnused.ts';
import type { Workload } from '../workload/types.ts';

/** All runs of refused plans together, ms. */
const RACES_MS = 30_000;
/** A refused plan is not run where the chosen one takes longer. */
const SLOW_MS = 5_000;
/** How much longer than the chosen plan a refused one may run, and the least that it gets, ms. */
const PATIENCE = 5;
const LEAST_MS = 500;

/** @returns One for each proposed index that is on and each query that looks nothing up in it. @throws PgoptError 'cancelled', 'connection-lost' */
export async function askUnused(
  session: ExplorerSession,
  { queries, proposals, budgets }: Workload,
  on: readonly string[],
  results: Results,
  signal: AbortSignal,
): Promise<readonly UnusedResult[]> {
  if (results.opened?.lens !== undefined) return [];
  const found: UnusedResult[] = [];
  const indexes = proposals.filter(
    ({ id, kind }) => kind === 'index' && on.includes(id) && results.proposals.get(id)?.state === 'built',
  );
  let leftMs = RACES_MS;
  for (const { id: proposalId } of indexes) {
    for (const { id: queryId } of queries) {
      const plan = results.estimates.get(configurationKey(on))?.get(queryId)?.plan;
      if (plan === undefined) continue;
      const measured = results.measurements.get(measurementKey(queryId, plan.fingerprint))?.measurement;
      const chosenMs = measured?.medianMs;
      const limitMs = Math.min(budgets.timeoutMs, Math.max(LEAST_MS, PATIENCE * (chosenMs ?? 0)));
      const race: Race | undefined =
        chosenMs === undefined || chosenMs > SLOW_MS || limitMs > leftMs ? undefined : { chosenMs, limitMs };
      const answer = await session.errand(
        { kind: 'whyUnused', queryId, proposalId, proposals: on, race },
        signal,
      );
      if (answer.kind === 'ended')
        throw signal.aborted
          ? new PgoptError('cancelled', 'interrupted')
          : new PgoptError('connection-lost', 'connection lost');
      if (answer.kind === 'failed')
        found.push({ proposalId, queryId, unused: undefined, failure: answer.reason });
      if (answer.kind !== 'explained' || answer.unused === undefined) continue;
      const { forced } = answer.unused;
      leftMs -= forced?.stoppedAfterMs ?? forced?.runsMs.reduce((sum, ms) => sum + ms, 0) ?? 0;
      found.push({ proposalId, queryId, unused: answer.unused, failure: undefined });
    }
  }
  return found;
}

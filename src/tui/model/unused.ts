/** Why queries do not use proposed indexes that are on: the pairs on the open page, and the known answers. */

import { unusedText } from '../../advisor/unused/unusedText.ts';
import type { Unused } from '../../session/events.ts';
import { factsOf } from '../../workload/proposalKinds.ts';
import type { State } from '../state/state.ts';
import { desiredConfiguration, plannedFor, proposalUnderCursor, queryInView } from './selectors.ts';

/** A proposal and a query under the configuration that is desired. */
export interface Pair {
  readonly proposalId: string;
  readonly queryId: string;
  readonly key: string;
}

export type Explained =
  | { readonly kind: 'used' }
  | { readonly kind: 'unused'; readonly unused: Unused }
  | { readonly kind: 'failed'; readonly reason: string };

/** What the open page is about: one proposal and all queries, or one query and all proposals. */
export function pairsInView(state: State): readonly Pair[] {
  const { overlay, workload, on, builds, session } = state;
  if (session?.lens !== undefined) return [];
  const shown = { ddl: proposalUnderCursor(state), sql: queryInView(state) };
  const proposals = overlay?.kind === 'ddl' ? [shown.ddl] : overlay?.kind === 'sql' ? workload.proposals : [];
  const queries = overlay?.kind === 'sql' ? [shown.sql] : workload.queries;
  const configuration = desiredConfiguration(state);
  return proposals.flatMap(proposal => {
    const build = builds[proposal?.id ?? ''];
    const isBuilt = build?.state === 'built' && build.built.hypothetical !== true;
    if (proposal === undefined || !factsOf(proposal).addsIndexes || !isBuilt || !on.includes(proposal.id))
      return [];
    return queries.flatMap(query =>
      query === undefined || plannedFor(state, query.id, 'after')?.state !== 'planned'
        ? []
        : [
            {
              proposalId: proposal.id,
              queryId: query.id,
              key: `${proposal.id} ${query.id} ${configuration}`,
            },
          ],
    );
  });
}

/** One line; undefined where the query uses it, does not read its table, or where it is not known yet. */
export function unusedLine(state: State, { key, queryId }: Pair): string | undefined {
  const explained = state.unused[key];
  if (explained?.kind === 'failed') return `unknown: ${explained.reason}`;
  if (explained?.kind !== 'unused' || explained.unused.unread === true) return undefined;
  const planned = plannedFor(state, queryId, 'after');
  const fingerprint = planned?.state === 'planned' ? planned.plan.fingerprint : '';
  const runsMs = state.measurements[queryId]?.[fingerprint]?.result?.measurement.runsMs ?? [];
  return unusedText(explained.unused, runsMs);
}

/**
 * Queries about which a configuration says nothing here: they read a table with an index that this transaction may not use
 * (session/unusable.ts), so that the planner passed it over. Pure.
 */

import type { Plan } from '../plan/plan.ts';
import { usedRelations } from '../plan/uses.ts';
import type { BuiltProposal } from '../session/events.ts';
import { isSwitchedOn } from '../workload/proposalKinds.ts';
import type { Proposal } from '../workload/workload.ts';

export interface Unusable {
  readonly proposal: Pick<Proposal, 'id' | 'kind'>;
  /** That its unusable indexes are on, by name; of a partitioned table the partitions. */
  readonly tables: readonly string[];
  /** A clause, with what to do. */
  readonly reason: string;
}

/** What of the proposals cannot be judged in this session, whether it is on or off. */
export function unusableAmong(
  proposals: readonly Pick<Proposal, 'id' | 'kind'>[],
  built: (id: string) => Pick<BuiltProposal, 'objects' | 'unusable'> | undefined,
): readonly Unusable[] {
  return proposals.flatMap((proposal): Unusable[] => {
    const { unusable: reason, objects = [] } = built(proposal.id) ?? {};
    if (reason === undefined) return [];
    const tables = objects.flatMap(({ usable, table, unusableOn = [table] }) => (usable ? [] : unusableOn));
    return [{ proposal, reason, tables }];
  });
}

/**
 * @param plans Of the query, under any configuration: what one does not read another may.
 * @param on What is changed; of an index to drop: that it is gone.
 * @returns Why nothing is known of the query then; undefined where it is.
 */
export function whyUnknown(
  plans: readonly (Plan | undefined)[],
  on: readonly string[],
  unusable: readonly Unusable[],
): string | undefined {
  const there = unusable.filter(({ proposal }) => isSwitchedOn(proposal, on.includes(proposal.id)));
  if (there.length === 0) return undefined;
  const read = new Set(plans.flatMap(plan => (plan === undefined ? [] : [...usedRelations(plan)])));
  return there.find(({ tables }) => tables.some(table => read.has(table)))?.reason;
}

/**
 * Queries whose effect is unknown here: they read a table with an index that this transaction may not use
 * (session/unusable.ts), so the planner ignored the index.
 */

import type { Plan } from '../plan/plan.ts';
import { usedRelations } from '../plan/uses.ts';
import type { BuiltProposal } from '../session/events.ts';
import { isSwitchedOn } from '../workload/proposalKinds.ts';
import type { Proposal } from '../workload/workload.ts';

export interface Unusable {
  readonly proposal: Pick<Proposal, 'id' | 'kind'>;
  /** The tables of its unusable indexes, by name; of a partitioned table the partitions. */
  readonly tables: readonly string[];
  /** A clause that says what to do. */
  readonly reason: string;
}

/** Proposals whose effect cannot be judged in this session, on or off. */
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
 * @param plans The query's plans under the configurations that are compared: one may read a table that another does
 *   not.
 * @param on Ids of the proposals that are on.
 * @returns Why the query's effect is unknown; undefined if it is known.
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

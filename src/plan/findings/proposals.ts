/** Rules about what was built to be used. */
import { isUsed } from '../uses.ts';
import type { ProposedObject, Subject, Told } from './types.ts';

/** A table changed in place while an older snapshot looked on: the planner passes over its new indexes in silence. */
export function unusableIndexes({ nodes, proposed = [] }: Subject): readonly Told[] {
  return proposed.flatMap((object): Told[] => {
    if (object.kind !== 'index' || object.usable) return [];
    const scan = nodes.find(({ relation }) => relation === object.table);
    if (scan === undefined) return [];
    return [
      {
        severity: 'warning',
        nodeId: scan.id,
        text: `${object.name} is built, but unusable until committed: rows of ${object.table} were changed in place while older snapshots see them`,
        next: 'start again: a new transaction with no older one running can use it',
      },
    ];
  });
}

/** What such a function runs is planned by itself, and anything may change it. */
export const hiddenPlans = ({ plan }: Subject): readonly Told[] =>
  (plan.hiddenPlans ?? []).map(name => ({
    severity: 'notice',
    nodeId: undefined,
    text: `${name}() runs queries of its own, whose plans EXPLAIN does not show`,
    next: 'its run time is measured under each configuration; auto_explain.log_nested_statements logs those plans',
  }));

/** Told of the tables it is on only: a query about other tables is not expected to use it. */
export function unusedProposals({ plan, nodes, proposed = [] }: Subject): readonly Told[] {
  const objects = new Map<string, ProposedObject[]>();
  for (const object of proposed) {
    // Extended statistics change estimates without being read: only a session knows.
    if (!object.usable || (object.kind === 'statistics' && plan.uses === undefined)) continue;
    objects.set(object.proposal, [...(objects.get(object.proposal) ?? []), object]);
  }
  return [...objects].flatMap(([proposal, made]): Told[] => {
    const names = made.map(({ name }) => name);
    if (isUsed(plan, proposal, names)) return [];
    const concerned = nodes.some(({ relation }) => made.some(({ table }) => table === relation));
    if (!concerned) return [];
    return [
      {
        severity: 'notice',
        nodeId: undefined,
        text: `${proposal} is on, but this plan does not use it`,
        next: 'it costs space and writes: see whether another query needs it',
      },
    ];
  });
}

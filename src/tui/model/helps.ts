/** Which proposals help which query, their write cost, and the totals. */
import { compareWrites } from '../../advisor/writes.ts';
import { median } from '../../base/statistics.ts';
import { isUsed } from '../../plan/uses.ts';
import { rewriteOf } from '../../session/plannedText.ts';
import type { Proposal, Query } from '../../workload/workload.ts';
import type { State } from '../state/state.ts';
import { changeOf, figureOf } from './figure.ts';
import { isOn, plannedFor } from './selectors.ts';

function objectNames(state: State, proposal: Proposal): readonly string[] {
  const build = state.builds[proposal.id];
  if (build?.state === 'built') return build.built.objects.map(object => object.name);
  return proposal.statements.flatMap(({ creates }) => (creates === undefined ? [] : [creates]));
}

/** Whether the plan of a query owes something to a proposal; undefined while that is not known. */
export function isUsedBy(state: State, proposal: Proposal, query: Query): boolean | undefined {
  const planned = plannedFor(state, query.id, 'after');
  if (planned?.state === 'failed') return false;
  if (planned === undefined || planned.missing.includes(proposal.id)) return undefined;
  const rewrite = rewriteOf(query, planned.rewrite);
  return (
    rewrite?.needs.includes(proposal.id) === true ||
    isUsed(planned.plan, proposal.id, objectNames(state, proposal))
  );
}

const isBuilt = (state: State, proposal: Proposal): boolean => {
  const build = state.builds[proposal.id];
  return build?.state === 'built' && build.built.unusable === undefined;
};

/** Proposals that are on and give a query another plan. */
export function helpersOf(state: State, query: Query): readonly string[] {
  if (state.on.length === 0 || changeOf(state, query.id).kind === 'same plan') return [];
  return state.workload.proposals
    .filter(one => state.on.includes(one.id) && isBuilt(state, one) && isUsedBy(state, one, query) === true)
    .map(({ id }) => id);
}

interface Helped {
  readonly faster: readonly string[];
  readonly slower: readonly string[];
  /** Another plan that is not measured, or not clearly faster. */
  readonly others: readonly string[];
}

/** Ids of the queries that use a proposal, by what became of them. */
export function helpedBy(state: State, proposal: Proposal): Helped {
  const helped = { faster: [] as string[], slower: [] as string[], others: [] as string[] };
  if (!isOn(state, proposal)) return helped;
  for (const query of state.workload.queries) {
    if (isUsedBy(state, proposal, query) !== true) continue;
    const { kind } = changeOf(state, query.id);
    if (kind === 'faster' || kind === 'slower') helped[kind].push(query.id);
    else helped.others.push(query.id);
  }
  return helped;
}

/** How many times slower the write is that suffers most; undefined where none was measured, 1 where none is clearly slower. */
export function writeFactor(state: State, proposal: Proposal): number | undefined {
  const build = state.builds[proposal.id];
  const tables = build?.state === 'built' ? (build.built.cost?.tables ?? []) : [];
  const factors = tables
    .flatMap(({ insert, update }) => [insert, update])
    .flatMap(comparison => {
      if ('reason' in comparison) return [];
      if (compareWrites(comparison.without, comparison.with) !== 'slower') return [1];
      const after = median(comparison.with.rowsPerSecond);
      return after === undefined ? [] : [(median(comparison.without.rowsPerSecond) ?? 0) / after];
    });
  return factors.length === 0 ? undefined : Math.max(...factors);
}

interface Totals {
  /** ms; over the queries that have both. */
  readonly beforeMs: number;
  readonly afterMs: number;
  /** One of them was stopped at the timeout. */
  readonly beforeAtLeast: boolean;
  readonly afterAtLeast: boolean;
  readonly queries: number;
}

/** undefined while no query has a run time on both sides. */
export function totalsOf(state: State): Totals | undefined {
  const known = state.workload.queries.flatMap(({ id }) => {
    const before = figureOf(state, id, 'before');
    const after = figureOf(state, id, 'after');
    const [beforeMs, afterMs] = [msOf(before), msOf(after)];
    return beforeMs === undefined || afterMs === undefined ? [] : [{ before, after, beforeMs, afterMs }];
  });
  if (known.length === 0) return undefined;
  return {
    beforeMs: known.reduce((sum, { beforeMs }) => sum + beforeMs, 0),
    afterMs: known.reduce((sum, { afterMs }) => sum + afterMs, 0),
    beforeAtLeast: known.some(({ before }) => before.how === 'timed out'),
    afterAtLeast: known.some(({ after }) => after.how === 'timed out'),
    queries: known.length,
  };
}

export function msOf(figure: ReturnType<typeof figureOf>): number | undefined {
  if (figure.how === 'timed out') return figure.afterMs;
  return 'ms' in figure ? figure.ms : undefined;
}

/** Every query, before and after, at production size: planned there, rehearsed at each size, projected. */
import type { AtProduction, ProductionSide } from '../advisor/projected.ts';
import type { BackgroundAnswer, ExplorerSession } from '../session/events.ts';
import { structureOf } from '../session/whatRuns.ts';
import type { Query } from '../workload/types.ts';
import { type PlanOptions, rehearsePlan, unplanned } from './rehearsePlan.ts';

export interface AllOptions extends PlanOptions {
  /** Ids of the proposals that are on, after. */
  readonly on: readonly string[];
  /** Answers estimates as production would. */
  readonly lens: ExplorerSession;
}

/** @returns undefined when a session ended. */
export async function rehearseAll(
  options: AllOptions,
): Promise<Pick<AtProduction, 'before' | 'after'> | undefined> {
  const before = new Map<string, ProductionSide>();
  const after = new Map<string, ProductionSide>();
  for (const query of options.workload.queries) {
    const first = await planThere(query, [], options);
    const second = await planThere(query, options.on, options);
    const one = await sideOf(query, [], first, options);
    // The same plan takes the same time, whatever else is on.
    const same = samePlan(first, second);
    const other = same ? one : await sideOf(query, options.on, second, options);
    if (one === undefined || other === undefined) return undefined;
    before.set(query.id, one);
    after.set(query.id, other);
  }
  return { before, after };
}

const planThere = (
  { id }: Query,
  proposals: readonly string[],
  { lens, signal }: AllOptions,
): Promise<BackgroundAnswer> => lens.background({ kind: 'estimate', queryId: id, proposals }, signal);

const samePlan = (one: BackgroundAnswer, other: BackgroundAnswer): boolean =>
  one.kind === 'estimated' &&
  other.kind === 'estimated' &&
  structureOf(one.plan.fingerprint) === structureOf(other.plan.fingerprint) &&
  one.rewrite === other.rewrite;

async function sideOf(
  query: Query,
  proposals: readonly string[],
  planned: BackgroundAnswer,
  options: AllOptions,
): Promise<ProductionSide | undefined> {
  if (planned.kind === 'failed') return unplanned(planned.reason);
  if (planned.kind !== 'estimated') return undefined;
  const { plan, rewrite } = planned;
  return rehearsePlan(query, { proposals, rewrite, plan }, options);
}

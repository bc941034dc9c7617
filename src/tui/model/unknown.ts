/** What the queries in view say nothing about: indexes that this transaction may not use. */
import { type Unusable, unusableAmong, whyUnknown } from '../../advisor/unknownEffect.ts';
import type { Build, Side, State } from '../state/state.ts';
import { plannedFor } from './selectors.ts';

export function unusableIn({ workload, builds }: State): readonly Unusable[] {
  const builtOf = (build: Build | undefined) => (build?.state === 'built' ? build.built : undefined);
  if (Object.values(builds).every(build => builtOf(build)?.unusable === undefined)) return [];
  return unusableAmong(workload.proposals, id => builtOf(builds[id]));
}

/** Why a side of a query says nothing about the proposals that are on; undefined where it does. */
export function unknownReason(state: State, queryId: string, side: Side): string | undefined {
  const unusable = unusableIn(state);
  if (unusable.length === 0) return undefined;
  const plans = (['before', 'after'] as const).map(each => {
    const planned = plannedFor(state, queryId, each);
    return planned?.state === 'planned' ? planned.plan : undefined;
  });
  return whyUnknown(plans, side === 'before' ? [] : state.on, unusable);
}

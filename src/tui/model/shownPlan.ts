/** The plan to show on a side: the measured tree with actual figures as soon as there is one. */
import type { Plan } from '../../plan/plan.ts';
import type { Side, State } from '../state/types.ts';
import { inView } from './inView.ts';
import { measuringOf, plannedFor } from './selectors.ts';

export function shownPlan(whole: State, side: Side): Plan | undefined {
  const state = inView(whole);
  const planned = plannedFor(state, state.queryId, side);
  if (planned?.state !== 'planned') return undefined;
  const { plan } = planned;
  return measuringOf(state, state.queryId, plan.fingerprint)?.result?.measurement.tree ?? plan;
}

/** What the difference of the two plans in view says of each node; computed once for a pair of plans. */
import { diffPlans, type NodeDiff, type PlanDiff } from '../../plan/diff.ts';
import type { Plan } from '../../plan/types.ts';
import type { Side } from '../state/types.ts';

const known = new WeakMap<Plan, WeakMap<Plan, PlanDiff>>();

function diffOf(before: Plan, after: Plan): PlanDiff {
  const ofBefore = known.get(before) ?? new WeakMap<Plan, PlanDiff>();
  known.set(before, ofBefore);
  const diff = ofBefore.get(after) ?? diffPlans(before, after);
  ofBefore.set(after, diff);
  return diff;
}

/** By node id of `plan`, which stands on `side`; empty where there is no other plan. */
export function changesIn(plan: Plan, other: Plan | undefined, side: Side): readonly NodeDiff[] {
  if (other === undefined || other === plan) return [];
  return side === 'before' ? diffOf(plan, other).before : diffOf(other, plan).after;
}

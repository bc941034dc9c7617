/** What changed between two plans, the biggest change first: in time where both have times, else in cost. */

import { selfAmounts } from '../accounting/exclusive.ts';
import type { Plan } from '../plan.ts';
import { flattenPlan } from '../tree.ts';
import type { DiffStatus, PlanDiff } from './diff.ts';

export interface PlanChange {
  readonly status: DiffStatus;
  /** Node ids; one of them is undefined for what was added or removed. */
  readonly before: number | undefined;
  readonly after: number | undefined;
  /** After − before of the node alone: ms, or cost where a plan has no times. */
  readonly delta: number;
}

/** A step that stayed the same is worth a stop when it takes this share of the longer plan more or less. */
const NOTICEABLE = 0.05;

/** Every step that changed in kind, and those that stayed but take noticeably more or less. */
export function changesOf(before: Plan, after: Plan, diff: PlanDiff): readonly PlanChange[] {
  const timed = before.timed && after.timed;
  const amountsBefore = selfAmounts(before, timed);
  const amountsAfter = selfAmounts(after, timed);
  const whole = Math.max(sum(amountsBefore), sum(amountsAfter));
  const changes: PlanChange[] = diff.before.map(({ status, partner }, id) => ({
    status,
    before: id,
    after: partner,
    delta: (partner === undefined ? 0 : (amountsAfter[partner] ?? 0)) - (amountsBefore[id] ?? 0),
  }));
  for (const [id, { status }] of diff.after.entries()) {
    if (status === 'added')
      changes.push({ status, before: undefined, after: id, delta: amountsAfter[id] ?? 0 });
  }
  // Costs of one plan differ whenever the statistics do: only times say something about a step that stayed.
  const matters = ({ status, delta }: PlanChange) =>
    status !== 'same' || (timed && Math.abs(delta) > whole * NOTICEABLE);
  return changes.filter(matters).sort((a, b) => Math.abs(b.delta) - Math.abs(a.delta));
}

/** Nodes whose costs or expected rows differ although they are the same step: cosmetic. */
export function cosmeticChanges(before: Plan, after: Plan, diff: PlanDiff): number {
  const nodesBefore = flattenPlan(before);
  const nodesAfter = flattenPlan(after);
  return diff.before.filter(({ status, partner }, id) => {
    const [one, other] = [nodesBefore[id], nodesAfter[partner ?? -1]];
    if (status !== 'same' || one === undefined || other === undefined) return false;
    return one.totalCost !== other.totalCost || one.planRows !== other.planRows;
  }).length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The changes between two plans, the largest first: by time if both plans have times, else by cost. */

import { sum } from '../../base/statistics.ts';
import { selfAmounts } from '../accounting/exclusive.ts';
import type { Plan } from '../plan.ts';
import { flattenPlan } from '../tree.ts';
import type { DiffStatus, PlanDiff } from './diff.ts';

export interface PlanChange {
  readonly status: DiffStatus;
  /** Node ids; undefined on the side that lacks the node. */
  readonly before: number | undefined;
  readonly after: number | undefined;
  /** After − before, without children: ms, or cost if a plan has no times. */
  readonly delta: number;
}

/** Least change of an unchanged node that counts, as a share of the longer plan. */
const NOTICEABLE = 0.05;

/** Nodes that changed, and unchanged ones whose time differs noticeably. */
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
  // Costs of an unchanged node follow the statistics, so only times count.
  const matters = ({ status, delta }: PlanChange) =>
    status !== 'same' || (timed && Math.abs(delta) > whole * NOTICEABLE);
  return changes.filter(matters).sort((a, b) => Math.abs(b.delta) - Math.abs(a.delta));
}

/** Number of unchanged nodes with other costs or row estimates. */
export function cosmeticChanges(before: Plan, after: Plan, diff: PlanDiff): number {
  const nodesBefore = flattenPlan(before);
  const nodesAfter = flattenPlan(after);
  return diff.before.filter(({ status, partner }, id) => {
    const [one, other] = [nodesBefore[id], nodesAfter[partner ?? -1]];
    if (status !== 'same' || one === undefined || other === undefined) return false;
    return one.totalCost !== other.totalCost || one.planRows !== other.planRows;
  }).length;
}

/** The difference of two plans of one query, as a person would tell it. */
import { atOnce, type Steps } from '../steps.ts';
import { alignEqualSubtrees } from './align-exact.ts';
import { alignInOrder } from './align-linear.ts';
import { alignOperators } from './align-operators.ts';
import { alignRest } from './align-rest.ts';
import { alignScans } from './align-scans.ts';
import { numbering, type Side, sideOf } from './diff-side.ts';
import { type NodeDiff, statusesOf } from './diff-status.ts';
import { Matching } from './matching.ts';
import type { Plan } from './types.ts';

export type { DiffStatus, NodeDiff } from './diff-status.ts';

export interface PlanDiff {
  /** Same fingerprint: the planner chose the same plan. */
  readonly identical: boolean;
  /** By node id of the plan before. */
  readonly before: readonly NodeDiff[];
  /** By node id of the plan after. */
  readonly after: readonly NodeDiff[];
}

/** Nodes × nodes up to which steps are compared with each other; beyond, in plan order only. */
const COMPARABLE = 500 * 500;

/** Every node is aligned with at most one of the other plan; see NodeDiff for what is said of it. Never throws. */
export function diffPlans(before: Plan, after: Plan): PlanDiff {
  return atOnce(diffSteps(before, after));
}

/** The same in steps. */
export function* diffSteps(before: Plan, after: Plan): Steps<PlanDiff> {
  const number = numbering();
  const sideBefore = yield* sideOf(before, number);
  const sideAfter = yield* sideOf(after, number);
  const identical = before.fingerprint === after.fingerprint;
  const matching = identical ? oneToOne(sideBefore, sideAfter) : yield* align(sideBefore, sideAfter);
  yield;
  const ofBefore = statusesOf(sideBefore, sideAfter, matching, 'before');
  yield;
  const ofAfter = statusesOf(sideAfter, sideBefore, matching.reversed(), 'after');
  return { identical, before: ofBefore, after: ofAfter };
}

function* align(before: Side, after: Side): Steps<Matching> {
  const matching = new Matching(before.nodes.length, after.nodes.length);
  alignEqualSubtrees(before, after, matching);
  yield;
  alignScans(before, after, matching);
  yield;
  if (before.nodes.length * after.nodes.length <= COMPARABLE) {
    alignOperators(before, after, matching);
    alignRest(before, after, matching);
  } else {
    alignInOrder(before, after, matching);
  }
  return matching;
}

function oneToOne(before: Side, after: Side): Matching {
  const matching = new Matching(before.nodes.length, after.nodes.length);
  for (const { id } of before.nodes) matching.pair(id, id);
  return matching;
}

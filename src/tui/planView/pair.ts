/** How two plans correspond; computed once for a pair. */

import { atOnce, type Steps } from '../../base/steps.ts';
import { changesOf, cosmeticChanges, type PlanChange } from '../../plan/difference/changes.ts';
import { diffSteps, type NodeDiff, type PlanDiff } from '../../plan/difference/diff.ts';
import { type Difference, differenceOf } from '../../plan/difference/figures.ts';
import { type UnifiedRow, unifiedRows } from '../../plan/difference/unifiedRows.ts';
import type { Plan } from '../../plan/plan.ts';
import { factsOf } from './facts.ts';
import type { PlanScene, Side } from './view.ts';

interface Pair {
  readonly diff: PlanDiff;
  /** Both trees line by line, like beside like. */
  readonly rows: readonly UnifiedRow[];
  /** The biggest first. */
  readonly changes: readonly PlanChange[];
  /** Steps whose costs or expected rows alone differ. */
  readonly cosmetic: number;
}

const known = new WeakMap<Plan, WeakMap<Plan, Pair>>();

/** undefined where there is nothing to compare. */
export function pairOf({ before, after }: Pick<PlanScene, 'before' | 'after'>): Pair | undefined {
  if (before === undefined || after === undefined || before === after) return undefined;
  return knownPair(before, after) ?? atOnce(pairSteps(before, after));
}

export function knownPair(before: Plan, after: Plan): Pair | undefined {
  return known.get(before)?.get(after);
}

/** In steps, for big plans; `pairOf` knows it afterwards. */
export function* pairSteps(before: Plan, after: Plan): Steps<Pair> {
  const diff = yield* diffSteps(before, after);
  yield;
  const rows = unifiedRows(diff);
  yield;
  const changes = changesOf(before, after, diff);
  yield;
  const pair = { diff, rows, changes, cosmetic: cosmeticChanges(before, after, diff) };
  const ofBefore = known.get(before) ?? new WeakMap<Plan, Pair>();
  known.set(before, ofBefore.set(after, pair));
  return pair;
}

const differences = new WeakMap<Pair, Difference>();

/** Settings, totals, steps and findings of both sides, computed at first use. */
export function differenceIn(scene: PlanScene): Difference | undefined {
  const pair = pairOf(scene);
  const { before, after } = scene;
  if (pair === undefined || before === undefined || after === undefined) return undefined;
  const findings = (plan: Plan) =>
    factsOf(plan, scene.surroundings[plan === before ? 'before' : 'after']).findings;
  const made = differences.get(pair) ?? differenceOf(before, after, pair.diff, findings);
  differences.set(pair, made);
  return made;
}

const SAME: NodeDiff = { status: 'same', partner: undefined, text: '' };

/** What became of a node; `same` where there is no other plan. */
export function changeOfNode(pair: Pair | undefined, side: Side, id: number): NodeDiff {
  return pair?.diff[side][id] ?? SAME;
}

/** Big plans are worked out in steps before they are shown: meanwhile keys are heard, and a scene is without them. */

import { formatThousands } from '../../base/format.ts';
import { inSteps, type Steps, whileWanted } from '../../base/steps.ts';
import type { Plan } from '../../plan/plan.ts';
import { flattenPlan } from '../../plan/tree.ts';
import { factSteps, knownFacts } from './facts.ts';
import { knownPair, pairSteps } from './pair.ts';
import type { PlanScene, Side } from './view.ts';

/** Nodes of a plan that is worked out in a moment, at once. */
const QUICK = 10_000;

const isBig = (plan: Plan): boolean => flattenPlan(plan).length > QUICK;

const SIDES: readonly Side[] = ['before', 'after'];

/** The missing parts of a scene; none for small plans. */
function missingOf({ surroundings, ...plans }: PlanScene) {
  const { before, after } = plans;
  const missing = { before: false, after: false, pair: false };
  for (const side of SIDES) {
    const plan = plans[side];
    missing[side] = plan !== undefined && isBig(plan) && knownFacts(plan, surroundings[side]) === undefined;
  }
  if (before !== undefined && after !== undefined && before !== after)
    missing.pair = (isBig(before) || isBig(after)) && knownPair(before, after) === undefined;
  return missing;
}

const isReady = (scene: PlanScene): boolean => !Object.values(missingOf(scene)).includes(true);

/** The scene without the parts that are not computed yet. */
export function readyPart(scene: PlanScene): PlanScene {
  const missing = missingOf(scene);
  if (!missing.before && !missing.after && !missing.pair) return scene;
  const before = missing.before ? undefined : scene.before;
  const isAfterReady = !missing.after && (before === undefined || !missing.pair);
  return { ...scene, before, after: isAfterReady ? scene.after : undefined };
}

function* sceneSteps({ surroundings, ...plans }: PlanScene): Steps<void> {
  for (const side of SIDES) {
    const plan = plans[side];
    if (plan !== undefined && knownFacts(plan, surroundings[side]) === undefined)
      yield* factSteps(plan, surroundings[side]);
  }
  const { before, after } = plans;
  if (before !== undefined && after !== undefined && before !== after) yield* pairSteps(before, after);
}

const isSame = (a: PlanScene, b: PlanScene): boolean =>
  SIDES.every(side => a[side] === b[side] && a.surroundings[side] === b.surroundings[side]);

/**
 * Computes the scene in view, one at a time.
 * @returns Call it with the scene whenever it may have changed, and with undefined at the end.
 */
export function worksOut(done: () => void, crashed: (error: unknown) => void) {
  let wanted: PlanScene | undefined;
  let isWorking = false;
  const work = async (): Promise<void> => {
    for (let scene = wanted; scene !== undefined && !isReady(scene); scene = wanted) {
      const working = scene;
      const isWanted = () => wanted !== undefined && isSame(wanted, working);
      await inSteps(whileWanted(sceneSteps(working), isWanted));
      if (isWanted()) done();
    }
    isWorking = false;
  };
  return (scene: PlanScene | undefined): void => {
    wanted = scene;
    if (isWorking || scene === undefined || isReady(scene)) return;
    isWorking = true;
    work().catch(crashed);
  };
}

/** `laying out a plan of 100,102 nodes`. */
export function layingOut(plan: Plan): string {
  return `laying out a plan of ${formatThousands(flattenPlan(plan).length)} nodes`;
}

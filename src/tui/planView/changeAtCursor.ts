/** Which of the changes the cursor is on. */
import { pairOf } from './pair.ts';
import type { PlanScene } from './view.ts';

export interface ChangePlace {
  /** From 1, the biggest. */
  readonly at: number;
  readonly of: number;
  /** After − before of the step alone; ms, or cost where either plan has no times. */
  readonly delta: number;
  readonly unit: 'ms' | 'cost';
}

/** undefined on a step that did not change. */
export function changeAtCursor(scene: PlanScene): ChangePlace | undefined {
  const changes = pairOf(scene)?.changes ?? [];
  const { side, cursor } = scene.view;
  const at = changes.findIndex(change => change[side] === cursor[side]);
  const change = changes[at];
  if (change === undefined) return undefined;
  const timed = scene.before?.timed === true && scene.after?.timed === true;
  return { at: at + 1, of: changes.length, delta: change.delta, unit: timed ? 'ms' : 'cost' };
}

/** Long work in steps: between two of them keys are heard, and frames drawn. */
import { setImmediate } from 'node:timers/promises';

/** Yields where it may be interrupted. */
export type Steps<T> = Generator<void, T>;

/** How long the event loop may stand still, ms; a step that takes longer is one step. */
const SLICE_MS = 20;

/** All steps without a pause. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

export async function inSteps<T>(steps: Steps<T>): Promise<T> {
  for (let since = performance.now(); ; ) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() - since < SLICE_MS) continue;
    await setImmediate();
    since = performance.now();
  }
}

/** Ends early, with undefined, as soon as `isWanted` says no between two steps. */
export function* whileWanted<T>(steps: Steps<T>, isWanted: () => boolean): Steps<T | undefined> {
  while (isWanted()) {
    const step = steps.next();
    if (step.done === true) return step.value;
    yield;
  }
  return undefined;
}

/** Nodes of a plan that are worked through in one step (steps.ts): some ten milliseconds. */
export const STEP = 2048;

/** Splits long computations into steps, so that keys and frames are handled between them. */
import { setImmediate } from 'node:timers/promises';

/** A computation that yields wherever it may pause. */
export type Steps<T> = Generator<void, T>;

/** Longest time without a pause, ms, unless a single step takes longer. */
const SLICE_MS = 20;

/** Runs all steps without a pause. */
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

/** Stops with undefined if `isWanted` is false between two steps. */
export function* whileWanted<T>(steps: Steps<T>, isWanted: () => boolean): Steps<T | undefined> {
  while (isWanted()) {
    const step = steps.next();
    if (step.done === true) return step.value;
    yield;
  }
  return undefined;
}

/** Plan nodes per step: some ten milliseconds. */
export const STEP = 2048;

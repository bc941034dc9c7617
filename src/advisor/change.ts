/** Whether one plan's run time differs from another's. One rule, for the screen and for `check`. Pure. */
import type { Measurement } from '../session/events.ts';

export type Timing = Pick<Measurement, 'runsMs' | 'medianMs' | 'timedOutAfterMs'>;

export type Change =
  /** `atLeast`: one side was stopped at the timeout, so the true factor is larger. Times in ms. */
  | {
      readonly kind: 'faster' | 'slower';
      readonly beforeMs: number;
      readonly afterMs: number;
      readonly atLeast: boolean;
    }
  /** Nothing that these runs could tell. */
  | { readonly kind: 'no clear difference' }
  | { readonly kind: 'unknown' };

/** Below this ratio of medians a difference is noise. */
const NOISE = 1.05;

/** Compares two run times; unknown where either is missing or both were stopped. */
export function compareTimings(before: Timing, after: Timing): Change {
  const beforeMs = before.timedOutAfterMs ?? before.medianMs ?? 0;
  const afterMs = after.timedOutAfterMs ?? after.medianMs ?? 0;
  const beforeOpen = before.timedOutAfterMs !== undefined;
  const afterOpen = after.timedOutAfterMs !== undefined;
  if (beforeMs <= 0 || afterMs <= 0 || (beforeOpen && afterOpen)) return { kind: 'unknown' };
  const factor = beforeMs / afterMs;
  // A side that was stopped bounds the other only from its own direction.
  if ((beforeOpen && factor < 1) || (afterOpen && factor > 1)) return { kind: 'unknown' };
  const atLeast = beforeOpen || afterOpen;
  if (
    !atLeast &&
    (Math.max(factor, 1 / factor) < NOISE || overlap(usual(before.runsMs), usual(after.runsMs)))
  ) {
    return { kind: 'no clear difference' };
  }
  return { kind: factor >= 1 ? 'faster' : 'slower', beforeMs, afterMs, atLeast };
}

/** Without the slowest of three runs or more: the first one fills caches, and says nothing of the plan. */
function usual(runsMs: readonly number[]): readonly number[] {
  return runsMs.length < 3 ? runsMs : [...runsMs].sort((a, b) => a - b).slice(0, -1);
}

function overlap(a: readonly number[], b: readonly number[]): boolean {
  return Math.min(...a) <= Math.max(...b) && Math.min(...b) <= Math.max(...a);
}

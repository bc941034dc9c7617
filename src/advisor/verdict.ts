/**
 * Whether one plan is faster than another, and how sure that is. The stated test of docs/advise.md: the exact permutation
 * test on the ranks of interleaved runs, and at least 5 %. Runs are looked at up to four times while they come in; each
 * look spends a quarter of the 5 % by which chance may fool us. Pure.
 */
import { median } from '../session/measure.ts';
import { factorOf, permutationTest } from './permutation.ts';

/** The chance that a difference is told where there is none. */
export const ALPHA = 0.05;
/** After how many counted rounds the test is made. */
export const LOOKS: readonly number[] = [5, 8, 12, 20];
export const ALPHA_OF_A_LOOK = ALPHA / LOOKS.length;
/** A smaller factor is not worth a word, however sure it is. */
export const LEAST_FACTOR = 1.05;

/** Run times of one plan. */
export interface Runs {
  /** The counted runs, ms. */
  readonly runsMs: readonly number[];
  /** Set where a run was stopped: it takes longer than this, ms. */
  readonly stoppedAfterMs: number | undefined;
}

export type Verdict =
  | { readonly kind: 'same plan' }
  | { readonly kind: 'not measured' }
  | {
      readonly kind: 'faster' | 'slower' | 'no clear difference';
      /** Medians, ms; the limit of a run that was stopped. */
      readonly beforeMs: number;
      readonly afterMs: number;
      /** before ÷ after: above 1 is faster. */
      readonly factor: number;
      /** One side was stopped: the true factor is further from 1. */
      readonly atLeast: boolean;
      /** What the test does not rule out; undefined for a bound. */
      readonly interval: readonly [number, number] | undefined;
      /** undefined for a bound: nothing was tested. */
      readonly p: number | undefined;
      /** More runs would not change it. */
      readonly settled: boolean;
    };

export function judge(before: Runs, after: Runs): Verdict {
  if (before.stoppedAfterMs !== undefined || after.stoppedAfterMs !== undefined)
    return judgeBound(before, after);
  const [beforeMs, afterMs] = [median(before.runsMs), median(after.runsMs)];
  if (beforeMs === undefined || afterMs === undefined) return { kind: 'not measured' };
  const { factor, low, high } = factorOf(before.runsMs, after.runsMs, ALPHA_OF_A_LOOK);
  const p = permutationTest(before.runsMs, after.runsMs);
  const clear = p <= ALPHA_OF_A_LOOK && Math.max(factor, 1 / factor) >= LEAST_FACTOR;
  const alike = low > 1 / LEAST_FACTOR && high < LEAST_FACTOR;
  return {
    kind: !clear ? 'no clear difference' : factor > 1 ? 'faster' : 'slower',
    beforeMs,
    afterMs,
    factor,
    atLeast: false,
    interval: [low, high],
    p,
    settled: clear || alike,
  };
}

/** A run that was stopped bounds the other side from one direction only; that is no test, but a fact. */
function judgeBound(before: Runs, after: Runs): Verdict {
  const beforeMs = before.stoppedAfterMs ?? median(before.runsMs);
  const afterMs = after.stoppedAfterMs ?? median(after.runsMs);
  const both = before.stoppedAfterMs !== undefined && after.stoppedAfterMs !== undefined;
  if (both || beforeMs === undefined || afterMs === undefined) return { kind: 'not measured' };
  const finished = before.stoppedAfterMs === undefined ? before.runsMs : after.runsMs;
  const limit = before.stoppedAfterMs ?? after.stoppedAfterMs ?? 0;
  const clear = Math.max(...finished) * LEAST_FACTOR <= limit;
  return {
    kind: !clear ? 'no clear difference' : before.stoppedAfterMs !== undefined ? 'faster' : 'slower',
    beforeMs,
    afterMs,
    factor: beforeMs / afterMs,
    atLeast: clear,
    interval: undefined,
    p: undefined,
    settled: true,
  };
}

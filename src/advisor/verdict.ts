/**
 * The rule for "faster", stated in docs/advise.md: the exact permutation test on ranks (Wilcoxon, Mann and Whitney)
 * of interleaved runs, and a factor of at least 1.05. Ranks, because one run on a busy machine must not decide. The
 * test looks at the runs up to three times while they come in; the looks share the 5 % risk of a false difference.
 */
import { median, sum } from '../base/statistics.ts';
import type { ProjectedTime } from './projected.ts';

/** Two-sided p-value, 0…1; 1 if either series is empty. */
export function permutationTest(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) return 1;
  // Doubled, because tied values share a mean rank, which may end in ½.
  const ranks = doubledRanks([...a, ...b]);
  const observed = sum(ranks.slice(0, a.length));
  const mean = (sum(ranks) * a.length) / ranks.length;
  const ways = waysToSum(ranks, a.length);
  let extreme = 0;
  let all = 0;
  for (const [total, count] of ways.entries()) {
    all += count;
    if (Math.abs(total - mean) >= Math.abs(observed - mean) - 1e-9) extreme += count;
  }
  return extreme / all;
}

/** The smallest p-value that two series of these lengths can reach: they do not overlap. */
function leastP(a: number, b: number): number {
  let ways = 1;
  for (let k = 1; k <= Math.min(a, b); k++) ways = (ways * (a + b + 1 - k)) / k;
  return Math.min(1, 2 / ways);
}

/**
 * The factor a ÷ b as the median of all pairs (Hodges and Lehmann), with the interval that the test would not reject.
 */
export function factorOf(
  a: readonly number[],
  b: readonly number[],
  alpha: number,
): { readonly factor: number; readonly low: number; readonly high: number } {
  const pairs = a.flatMap(x => b.map(y => x / y)).sort((x, y) => x - y);
  const at = (index: number) => pairs[index] ?? Number.NaN;
  const middle = pairs.length >> 1;
  const factor = pairs.length % 2 === 1 ? at(middle) : Math.sqrt(at(middle - 1) * at(middle));
  const skipped = skippedPairs(a.length, b.length, alpha);
  // Too few runs to exclude any factor.
  if (skipped < 0) return { factor, low: 0, high: Number.POSITIVE_INFINITY };
  return { factor, low: at(skipped), high: at(pairs.length - 1 - skipped) };
}

/** How many pairs at each end lie outside the interval; -1: too few runs for any interval. */
function skippedPairs(a: number, b: number, alpha: number): number {
  const ways = waysToSum(
    Array.from({ length: a + b }, (_, index) => index + 1),
    a,
  );
  const all = sum(ways);
  const least = (a * (a + 1)) / 2;
  let below = 0;
  let skipped = -1;
  for (let total = least; total < ways.length; total++) {
    below += ways[total] ?? 0;
    if (below / all > alpha / 2) break;
    skipped = total - least;
  }
  return skipped;
}

/** Without ties the ranks depend on the lengths alone. */
const WAYS = new Map<string, readonly number[]>();

/** For each total, in how many ways `size` of the values sum to it. */
function waysToSum(values: readonly number[], size: number): readonly number[] {
  const key = `${size} ${[...values].sort((a, b) => a - b).join(' ')}`;
  const ways = WAYS.get(key) ?? countWays(values, size);
  if (new Set(values).size === values.length) WAYS.set(key, ways);
  return ways;
}

function countWays(values: readonly number[], size: number): number[] {
  const most = sum(values);
  const ways = Array.from({ length: size + 1 }, () => new Array<number>(most + 1).fill(0));
  const [none] = ways;
  if (none !== undefined) none[0] = 1;
  for (const value of values) {
    for (let chosen = size; chosen > 0; chosen--) {
      const [from, to] = [ways[chosen - 1], ways[chosen]];
      if (from === undefined || to === undefined) continue;
      for (let total = most; total >= value; total--)
        to[total] = (to[total] ?? 0) + (from[total - value] ?? 0);
    }
  }
  return ways[size] ?? [];
}

function doubledRanks(values: readonly number[]): number[] {
  return values.map(
    value =>
      2 * values.filter(other => other < value).length + values.filter(other => other === value).length + 1,
  );
}

/**
 * Counted runs of each plan at each look, and the look's share of ALPHA. The first look has most of it: four clearly
 * different runs of each plan suffice.
 */
export const LOOKS = [
  { rounds: 4, alpha: 0.03 },
  { rounds: 8, alpha: 0.01 },
  { rounds: 14, alpha: 0.01 },
] as const;
/** Probability of a false difference, over all looks together. */
export const ALPHA = 0.05;
/** Smaller factors are not reported, however certain they are. */
export const LEAST_FACTOR = 1.05;
/** ms. The planner needs about as much to consider one more index. */
export const LEAST_MS = 0.02;

/**
 * A difference is evident without a test if every run of one plan takes this many times as long as every run of the
 * other. Index: the number of runs of the plan that has fewer.
 */
const EVIDENT: readonly number[] = [Number.POSITIVE_INFINITY, 10, 8];
/** ms. Below it, cold caches or one busy moment cause such factors, and four runs of each cost little. */
const EVIDENT_FROM = 100;

export interface Runs {
  readonly runsMs: readonly number[];
  /** A run was stopped after this time, ms: the true time is longer. */
  readonly stoppedAfterMs: number | undefined;
}

export type Verdict =
  | { readonly kind: 'same plan' }
  /** `tooFew`: both plans ran, but too few times for the test to find any difference. */
  | { readonly kind: 'not measured'; readonly tooFew?: true }
  | {
      readonly kind: 'faster' | 'slower' | 'no clear difference';
      /** Medians, ms; for a stopped run its limit. */
      readonly beforeMs: number;
      readonly afterMs: number;
      /** before ÷ after; above 1 is faster. */
      readonly factor: number;
      /** One side was stopped: the true factor is further from 1. */
      readonly atLeast: boolean;
      /** The factors that the test does not reject; undefined if one side was stopped. */
      readonly interval: readonly [number, number] | undefined;
      /** undefined: a stopped run, a projection, or runs so far apart that they need no test. */
      readonly p: number | undefined;
      readonly projected?: true | undefined;
      /** Clear, or too small to be worth more runs. */
      readonly settled: boolean;
    };

/** A document may hold any number of runs; no look needs more. */
const MOST_RUNS = 20;

/** The run times of a plan, from a session or a saved document. */
interface Measured {
  readonly runsMs: readonly number[];
  readonly timedOutAfterMs?: number | null | undefined;
}

export const judgeMeasured = (before: Measured, after: Measured): Verdict =>
  judge(...comparable(before, after));

/** Cuts the longer series to its latest runs: the machine may have been slower during the early ones. */
export function comparable(before: Measured, after: Measured): readonly [Runs, Runs] {
  const fewer = Math.min(before.runsMs.length, after.runsMs.length);
  const latest = fewer < LOOKS[0].rounds ? MOST_RUNS : Math.min(fewer, MOST_RUNS);
  const runs = ({ runsMs, timedOutAfterMs }: Measured): Runs => ({
    runsMs: runsMs.slice(-latest),
    stoppedAfterMs: timedOutAfterMs ?? undefined,
  });
  return [runs(before), runs(after)];
}

/** @param alpha Risk of a false difference, 0…1; by default that of the look for which so many runs were made. */
export function judge(before: Runs, after: Runs, alpha = alphaOf(before, after)): Verdict {
  if (before.stoppedAfterMs !== undefined || after.stoppedAfterMs !== undefined)
    return judgeBound(before, after);
  const [beforeMs, afterMs] = [median(before.runsMs), median(after.runsMs)];
  if (beforeMs === undefined || afterMs === undefined) return { kind: 'not measured' };
  const { factor, low, high } = factorOf(before.runsMs, after.runsMs, alpha);
  const isWorthReporting =
    Math.max(factor, 1 / factor) >= LEAST_FACTOR && Math.abs(beforeMs - afterMs) >= LEAST_MS;
  const isTested = leastP(before.runsMs.length, after.runsMs.length) <= alpha;
  const p = isTested ? permutationTest(before.runsMs, after.runsMs) : undefined;
  const clear = (p === undefined ? isEvident(before.runsMs, after.runsMs) : p <= alpha) && isWorthReporting;
  if (!isTested && !clear) return { kind: 'not measured', tooFew: true };
  return {
    kind: !clear ? 'no clear difference' : factor > 1 ? 'faster' : 'slower',
    beforeMs,
    afterMs,
    factor,
    atLeast: false,
    interval: isTested ? [low, high] : undefined,
    p,
    settled: clear || !isWorthReporting,
  };
}

/** Whether the series lie so far apart that no test is needed. */
export function isEvident(a: readonly number[], b: readonly number[]): boolean {
  const factor = EVIDENT[Math.min(a.length, b.length, EVIDENT.length - 1)] ?? Number.POSITIVE_INFINITY;
  const isSlower = (one: readonly number[], other: readonly number[]) =>
    Math.min(...one) >= Math.max(EVIDENT_FROM, factor * Math.max(...other));
  return isSlower(a, b) || isSlower(b, a);
}

/** More runs than the first look needs mean that it was not clear. */
function alphaOf(before: Runs, after: Runs): number {
  const runs = Math.min(before.runsMs.length, after.runsMs.length);
  return (runs > LOOKS[0].rounds ? LOOKS[1] : LOOKS[0]).alpha;
}

/** A stopped run is a lower bound: it decides only if the other side finished well below it. */
function judgeBound(before: Runs, after: Runs): Verdict {
  const beforeMs = before.stoppedAfterMs ?? median(before.runsMs);
  const afterMs = after.stoppedAfterMs ?? median(after.runsMs);
  const both = before.stoppedAfterMs !== undefined && after.stoppedAfterMs !== undefined;
  if (both || beforeMs === undefined || afterMs === undefined) return { kind: 'not measured' };
  const finished = before.stoppedAfterMs === undefined ? before.runsMs : after.runsMs;
  const limit = before.stoppedAfterMs ?? after.stoppedAfterMs ?? 0;
  // The finished run took about as long as the limit, or longer.
  if (Math.max(...finished) * LEAST_FACTOR > limit) return { kind: 'not measured', tooFew: true };
  return {
    kind: before.stoppedAfterMs !== undefined ? 'faster' : 'slower',
    beforeMs,
    afterMs,
    factor: beforeMs / afterMs,
    atLeast: true,
    interval: undefined,
    p: undefined,
    settled: true,
  };
}

/**
 * Judges two projections. A difference is clear only if the intervals are disjoint, because the errors of the two
 * projections may depend on each other.
 */
export function judgeProjected(before: ProjectedTime, after: ProjectedTime): Verdict {
  if (before.kind === 'unknown' || after.kind === 'unknown') return { kind: 'not measured' };
  const [from, to] = [before.ms, after.ms];
  const factor = from.point / to.point;
  const isWorthReporting = Math.max(factor, 1 / factor) >= LEAST_FACTOR;
  const kind = from.low > to.high ? 'faster' : to.low > from.high ? 'slower' : undefined;
  return {
    kind: isWorthReporting ? (kind ?? 'no clear difference') : 'no clear difference',
    beforeMs: from.point,
    afterMs: to.point,
    factor,
    atLeast: false,
    interval: [from.low / to.high, from.high / to.low],
    p: undefined,
    projected: true,
    settled: true,
  };
}

/**
 * Whether two series of run times differ: the exact permutation test on ranks (Wilcoxon, Mann and Whitney). Under the
 * hypothesis that it makes no difference which plan ran, every way to deal the runs out to the two is as likely; the
 * p-value is the share of them that sets the two as far apart as they are. Ranks, because one run that the machine was
 * busy in must not decide. Pure.
 */
import { median } from '../base/statistics.ts';

/** Two-sided p-value, 0…1; 1 where either has no run. */
export function permutationTest(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) return 1;
  // Twice the rank: ties share the mean of theirs, which may be a half.
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

/** The least p-value that so many runs can have: that of two series of which none reaches into the other. */
function leastP(a: number, b: number): number {
  let ways = 1;
  for (let k = 1; k <= Math.min(a, b); k++) ways = (ways * (a + b + 1 - k)) / k;
  return Math.min(1, 2 / ways);
}

/**
 * The factor a ÷ b that fits best (the median of all pairs, after Hodges and Lehmann), and the interval that the test
 * would not refuse.
 * @param alpha Chance that the interval misses, 0…1.
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
  // So few runs that nothing can be ruled out.
  if (skipped < 0) return { factor, low: 0, high: Number.POSITIVE_INFINITY };
  return { factor, low: at(skipped), high: at(pairs.length - 1 - skipped) };
}

/** How many pairs at each end lie outside the interval; -1 where even the outermost may be inside by chance. */
function skippedPairs(a: number, b: number, alpha: number): number {
  const key = `${a} ${b} ${alpha}`;
  const known = SKIPPED.get(key) ?? countSkipped(a, b, alpha);
  SKIPPED.set(key, known);
  return known;
}

/** The same few sizes come again and again. */
const SKIPPED = new Map<string, number>();

function countSkipped(a: number, b: number, alpha: number): number {
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

/** Without ties the ranks are always the same. */
const WAYS = new Map<string, readonly number[]>();

/** How many ways there are to choose `size` of the values so that they sum to each total. */
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

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/**
 * Whether one plan is faster than another, and how sure that is. The stated test of docs/advise.md: the exact permutation
 * test on the ranks of interleaved runs, and at least 5 %. Runs are looked at up to three times while they come in; the looks
 * share the 5 % by which chance may fool us. Pure.
 */

/**
 * When the runs of two plans are looked at, and its share of ALPHA. Most of it goes to the first look, which four clear runs of each are enough for.
 */
export const LOOKS = [
  { rounds: 4, alpha: 0.03 },
  { rounds: 8, alpha: 0.01 },
  { rounds: 14, alpha: 0.01 },
] as const;
/** The chance to report a difference where there is none, over all looks together. */
export const ALPHA = 0.05;
/** A smaller factor is not worth a word, however sure it is. */
export const LEAST_FACTOR = 1.05;
/** ms. Less is what the planner takes to consider one more index, or one fewer. */
export const LEAST_MS = 0.02;

/**
 * What needs no test: every run of one plan takes this many times as long as every run of the other. Index: the runs of the
 * plan that has fewer.
 */
const EVIDENT: readonly number[] = [Number.POSITIVE_INFINITY, 10, 8];
/** ms. Below it cold caches or one busy moment make such a factor, and four runs of each take no time. */
const EVIDENT_FROM = 100;

/** Run times of one plan. */
export interface Runs {
  /** The counted runs, ms. */
  readonly runsMs: readonly number[];
  /** Set where a run was stopped: it takes longer than this, ms. */
  readonly stoppedAfterMs: number | undefined;
}

export type Verdict =
  | { readonly kind: 'same plan' }
  /** `tooFew`: both were run, but not often enough for the test to find any difference. */
  | { readonly kind: 'not measured'; readonly tooFew?: true }
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
      /** undefined for a bound, for what is projected, and where too few runs lie so far apart that no test is needed. */
      readonly p: number | undefined;
      /** Both sides are projected: of production, and not measured. */
      readonly projected?: true | undefined;
      /** Clear, or too small to be worth more runs. */
      readonly settled: boolean;
    };

/** No look is made of more, and a document may hold any number. */
const MOST_RUNS = 20;

/** What a session measured of a plan, or a document says it did. */
interface Measured {
  readonly runsMs: readonly number[];
  readonly timedOutAfterMs?: number | null | undefined;
}

export const judgeMeasured = (before: Measured, after: Measured): Verdict =>
  judge(...comparable(before, after));

/** Of the plan with more runs the latest count: the machine may have been another one when the first were made. */
export function comparable(before: Measured, after: Measured): readonly [Runs, Runs] {
  const fewer = Math.min(before.runsMs.length, after.runsMs.length);
  const latest = fewer < LOOKS[0].rounds ? MOST_RUNS : Math.min(fewer, MOST_RUNS);
  const runs = ({ runsMs, timedOutAfterMs }: Measured): Runs => ({
    runsMs: runsMs.slice(-latest),
    stoppedAfterMs: timedOutAfterMs ?? undefined,
  });
  return [runs(before), runs(after)];
}

/** @param alpha Chance that this look may be wrong; by default that of the look which so many runs were made for. */
export function judge(before: Runs, after: Runs, alpha = alphaOf(before, after)): Verdict {
  if (before.stoppedAfterMs !== undefined || after.stoppedAfterMs !== undefined)
    return judgeBound(before, after);
  const [beforeMs, afterMs] = [median(before.runsMs), median(after.runsMs)];
  if (beforeMs === undefined || afterMs === undefined) return { kind: 'not measured' };
  const { factor, low, high } = factorOf(before.runsMs, after.runsMs, alpha);
  const worthAWord = Math.max(factor, 1 / factor) >= LEAST_FACTOR && Math.abs(beforeMs - afterMs) >= LEAST_MS;
  const isTested = leastP(before.runsMs.length, after.runsMs.length) <= alpha;
  const p = isTested ? permutationTest(before.runsMs, after.runsMs) : undefined;
  const clear = (p === undefined ? isEvident(before.runsMs, after.runsMs) : p <= alpha) && worthAWord;
  if (!isTested && !clear) return { kind: 'not measured', tooFew: true };
  return {
    kind: !clear ? 'no clear difference' : factor > 1 ? 'faster' : 'slower',
    beforeMs,
    afterMs,
    factor,
    atLeast: false,
    interval: isTested ? [low, high] : undefined,
    p,
    settled: clear || !worthAWord,
  };
}

/** Whether the runs of the two lie so far apart that no test is needed. */
export function isEvident(a: readonly number[], b: readonly number[]): boolean {
  const factor = EVIDENT[Math.min(a.length, b.length, EVIDENT.length - 1)] ?? Number.POSITIVE_INFINITY;
  const isSlower = (one: readonly number[], other: readonly number[]) =>
    Math.min(...one) >= Math.max(EVIDENT_FROM, factor * Math.max(...other));
  return isSlower(a, b) || isSlower(b, a);
}

/** Runs beyond a first look's were made because it was not clear. */
function alphaOf(before: Runs, after: Runs): number {
  const runs = Math.min(before.runsMs.length, after.runsMs.length);
  return (runs > LOOKS[0].rounds ? LOOKS[1] : LOOKS[0]).alpha;
}

/** A run that was stopped bounds the other side from one direction only; that is no test, but a fact. */
function judgeBound(before: Runs, after: Runs): Verdict {
  const beforeMs = before.stoppedAfterMs ?? median(before.runsMs);
  const afterMs = after.stoppedAfterMs ?? median(after.runsMs);
  const both = before.stoppedAfterMs !== undefined && after.stoppedAfterMs !== undefined;
  if (both || beforeMs === undefined || afterMs === undefined) return { kind: 'not measured' };
  const finished = before.stoppedAfterMs === undefined ? before.runsMs : after.runsMs;
  const limit = before.stoppedAfterMs ?? after.stoppedAfterMs ?? 0;
  // The one that finished took longer than the other one had.
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

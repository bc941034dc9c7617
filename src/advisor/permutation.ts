/**
 * Whether two series of run times differ: the exact permutation test on ranks (Wilcoxon, Mann and Whitney). Under the
 * hypothesis that it makes no difference which plan ran, every way to deal the runs out to the two is as likely; the
 * p-value is the share of them that sets the two as far apart as they are. Ranks, because one run that the machine was
 * busy in must not decide. Pure.
 */

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
export function leastP(a: number, b: number): number {
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

/**
 * Projects a node's exclusive time to more work, from two or more sizes. Three models span the interval: constant time
 * per row as at the largest size; a fixed part plus constant time per further row; and the power that the sizes show
 * (caches).
 */
import type { Interval } from '../advisor/projected.ts';
import { sum } from '../base/statistics.ts';
import { spanning, widen, ZERO } from './interval.ts';

interface Sample {
  readonly x: number;
  readonly y: number;
}

/** Least distance of two sizes, as a difference of logarithms. */
const LEAST_SPREAD = 0.1;

/** Exponent of the best fitting power of x; undefined if the samples are too close. @param samples All positive. */
export function exponentOf(samples: readonly Sample[]): number | undefined {
  const points = samples.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }));
  const xs = points.map(({ x }) => x);
  if (points.length < 2 || Math.max(...xs) - Math.min(...xs) < LEAST_SPREAD) return undefined;
  const middle = { x: mean(xs), y: mean(points.map(({ y }) => y)) };
  const across = points.reduce((all, { x }) => all + (x - middle.x) ** 2, 0);
  const along = points.reduce((all, { x, y }) => all + (x - middle.x) * (y - middle.y), 0);
  return along / across;
}

/** Fits y = fixed + each · x, neither negative, by relative error: start-up time (workers) and time per row. */
export function lineThrough(samples: readonly Sample[]): { readonly fixed: number; readonly each: number } {
  // Weights of 1 / y² make errors relative.
  let s1 = 0;
  let sx = 0;
  let sy = 0;
  let sxx = 0;
  let sxy = 0;
  for (const { x, y } of samples) {
    const weight = 1 / Math.max(y, 1e-6) ** 2;
    s1 += weight;
    sx += weight * x;
    sy += weight * y;
    sxx += weight * x * x;
    sxy += weight * x * y;
  }
  const determinant = s1 * sxx - sx * sx;
  if (samples.length > 1 && determinant > 1e-12 * s1 * sxx) {
    const fixed = (sy * sxx - sx * sxy) / determinant;
    const each = (s1 * sxy - sx * sy) / determinant;
    if (fixed >= 0 && each >= 0) return { fixed, each };
    if (each < 0) return { fixed: sy / s1, each: 0 };
  }
  return { fixed: 0, each: sxx === 0 ? 0 : sxy / sxx };
}

interface TimesAtSize {
  readonly work: number;
  /** One value per run. */
  readonly ms: readonly number[];
}

/** PostgreSQL rounds to a thousandth of a ms. */
const ROUNDING_MS = 0.0005;
/** Least time per row on any processor, shared by a few processes. */
const FASTEST_MS = 3e-6;
/** Other powers are noise or another method. */
const POWERS = { least: 0.6, most: 1.25 };
/** Doubt added for each factor of e beyond the largest size. */
const DISTANCE = 0.08;
/** Least relative spread of runs. */
const LEAST_TIME_SPREAD = 0.1;

/** @param seen Ascending by size, at least two. */
export function timeAtProduction(seen: readonly TimesAtSize[], work: Interval): Interval {
  const samples = seen.map(({ work: x, ms }) => ({
    x: Math.max(1, x),
    y: Math.max(ROUNDING_MS, middle(ms)),
  }));
  const last = samples.at(-1);
  if (last === undefined) return ZERO;
  const spread = Math.max(LEAST_TIME_SPREAD, mean(seen.map(({ ms }) => spreadOf(ms))));
  const more = waysOn(samples, last, spread);
  const [low, point, high] = [more(work.low).low, more(work.point).point, more(work.high).high];
  const distance = Math.abs(Math.log(Math.max(1, work.point) / last.x));
  return widen(
    { low: Math.min(low, point), point, high: Math.max(high, point) },
    (1 + spread) * (1 + DISTANCE * distance),
  );
}

function waysOn(samples: readonly Sample[], last: Sample, spread: number): (work: number) => Interval {
  const line = lineThrough(samples);
  const power = Math.max(POWERS.least, Math.min(POWERS.most, exponentOf(samples) ?? 1));
  const range = last.x - (samples[0]?.x ?? last.x);
  // If the runs vary more than the rows explain, the time per row is uncertain by this much.
  const unsure = range > 0 ? (spread * last.y * Math.SQRT2) / range : last.y / last.x;
  return value => {
    const work = Math.max(1, value);
    const proportional = (last.y * work) / last.x;
    if (work <= last.x) return spanning(proportional, [Math.min(last.y, line.fixed + line.each * work)]);
    const straight = (each: number) => last.y + Math.max(FASTEST_MS, each) * (work - last.x);
    const curved = last.y * (work / last.x) ** power;
    // Rising time per row continues, but damped; falling time per row comes from the fixed part.
    const point = power > 1 ? Math.sqrt(proportional * curved) : straight(line.each);
    return spanning(point, [
      proportional,
      curved,
      straight(line.each - unsure),
      straight(line.each + unsure),
    ]);
  };
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** Mean distance of the runs from their median, relative to it. */
function spreadOf(ms: readonly number[]): number {
  const center = middle(ms);
  return center === 0 ? 0 : Math.min(1, mean(ms.map(value => Math.abs(value - center))) / center);
}

const mean = (values: readonly number[]): number => (values.length === 0 ? 0 : sum(values) / values.length);

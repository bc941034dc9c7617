/** How one quantity follows another from size to size: a power, as a straight line between the logarithms. Pure. */
import type { Interval } from '../advisor/projected.ts';
import { spanning, widen, ZERO } from './interval.ts';

export interface Sample {
  readonly x: number;
  readonly y: number;
}

/** Sizes closer than this (a tenth) say nothing of a trend. */
const LEAST_SPREAD = 0.1;

/** Exponent of the best power of x; undefined where the samples are too close together. @param samples All above 0. */
export function exponentOf(samples: readonly Sample[]): number | undefined {
  const points = samples.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }));
  const xs = points.map(({ x }) => x);
  if (points.length < 2 || Math.max(...xs) - Math.min(...xs) < LEAST_SPREAD) return undefined;
  const mean = (values: readonly number[]) => values.reduce((all, one) => all + one, 0) / values.length;
  const middle = { x: mean(xs), y: mean(points.map(({ y }) => y)) };
  const across = points.reduce((all, { x }) => all + (x - middle.x) ** 2, 0);
  const along = points.reduce((all, { x, y }) => all + (x - middle.x) * (y - middle.y), 0);
  return along / across;
}

/**
 * y = fixed + each · x with neither below 0, closest in proportion to each y: what a node takes whatever it does (starting
 * workers), and what each row takes.
 */
export function lineThrough(samples: readonly Sample[]): { readonly fixed: number; readonly each: number } {
  // Weighted by 1 / y²: a tenth off is a tenth off at any size.
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

/**
 * The own time of a node where it has more to do, from what it took at two or more sizes. Three ways to go on span the
 * interval: as much for each row as at the largest size; a fixed part and as much for each further row; and
 * the power that the sizes show (caches, memory that is no longer the processor's own). Pure.
 */

interface TimeHere {
  readonly work: number;
  /** Of several runs. */
  readonly ms: readonly number[];
}

/** The server rounds to a thousandth of a ms. */
const ROUNDING_MS = 0.0005;
/** No processor does less for a row, and a few of them share the work. */
const FASTEST_MS = 3e-6;
/** Powers beyond are noise, or another method. */
const POWERS = { least: 0.6, most: 1.25 };
/** Of each factor of e between the largest size and there: beyond what was measured. */
const DISTANCE = 0.08;
/** Runs differ at least by this part. */
const LEAST_TIME_SPREAD = 0.1;

/** @param seen Ascending, at least two. */
export function timeAhead(seen: readonly TimeHere[], work: Interval): Interval {
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
  // Where the runs differ by more than the rows make out, a row may take nothing, or so much.
  const unsure = range > 0 ? (spread * last.y * Math.SQRT2) / range : last.y / last.x;
  return value => {
    const work = Math.max(1, value);
    const proportional = (last.y * work) / last.x;
    if (work <= last.x) return spanning(proportional, [Math.min(last.y, line.fixed + line.each * work)]);
    const straight = (each: number) => last.y + Math.max(FASTEST_MS, each) * (work - last.x);
    const curved = last.y * (work / last.x) ** power;
    // Dearer rows go on to get dearer, but not for ever; cheaper ones are the fixed part's doing.
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

/** How far the runs lie from their middle on average, as a part of it. */
function spreadOf(ms: readonly number[]): number {
  const center = middle(ms);
  return center === 0 ? 0 : Math.min(1, mean(ms.map(value => Math.abs(value - center))) / center);
}

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

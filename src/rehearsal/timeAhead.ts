/**
 * The own time of a node where it has more to do, from what it took at two or more sizes. Three ways to go on span the
 * interval: as much for each row as at the largest size; a fixed part and as much for each further row; and
 * the power that the sizes show (caches, memory that is no longer the processor's own). Pure.
 */
import type { Interval } from '../advisor/projected.ts';
import { spanning, widen } from './interval.ts';
import { exponentOf, lineThrough } from './trend.ts';

export interface TimeHere {
  readonly work: number;
  /** Of several runs. */
  readonly ms: readonly number[];
}

/** The server rounds to a thousandth of a ms. */
const ROUNDING_MS = 0.0005;
/** Powers beyond are noise, or another method. */
const POWERS = { least: 0.6, most: 1.25 };
/** Of each factor of e between the largest size and there: what nobody has seen. */
const DISTANCE = 0.05;
/** Runs differ at least by this part. */
const LEAST_SPREAD = 0.05;

/** @param seen Ascending, at least two. */
export function timeAhead(seen: readonly TimeHere[], work: Interval): Interval {
  const samples = seen.map(({ work: x, ms }) => ({
    x: Math.max(1, x),
    y: Math.max(ROUNDING_MS, middle(ms)),
  }));
  const last = samples.at(-1);
  if (last === undefined) return spanning(0, []);
  const line = lineThrough(samples);
  const power = exponentOf(samples);
  const at = (value: number) => {
    const more = Math.max(1, value) / last.x;
    const proportional = last.y * more;
    const straight = Math.max(line.fixed + line.each * Math.max(1, value), last.y * Math.min(1, more));
    const exponent = Math.max(POWERS.least, Math.min(POWERS.most, power ?? 1));
    const curved = last.y * more ** exponent;
    // Dearer rows go on to get dearer, but not for ever; cheaper ones are the fixed part's doing.
    const point = exponent > 1 ? Math.sqrt(proportional * curved) : straight;
    return spanning(point, [proportional, straight, curved]);
  };
  const [low, point, high] = [at(work.low).low, at(work.point).point, at(work.high).high];
  const distance = Math.abs(Math.log(Math.max(1, work.point) / last.x));
  const spread = Math.max(LEAST_SPREAD, ...seen.slice(-1).map(({ ms }) => spreadOf(ms)));
  return widen(
    { low: Math.min(low, point), point, high: Math.max(high, point) },
    (1 + spread) * (1 + DISTANCE * distance),
  );
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** How far the runs lie from their middle, as a part of it. */
function spreadOf(ms: readonly number[]): number {
  const centre = middle(ms);
  return centre === 0 ? 0 : Math.min(1, Math.max(...ms.map(value => Math.abs(value - centre))) / centre);
}

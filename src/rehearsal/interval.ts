/** Arithmetic of intervals. */
import type { Interval } from '../advisor/projected.ts';

export const exactly = (value: number): Interval => ({ low: value, point: value, high: value });

export const ZERO = exactly(0);

/** Their errors are taken to have one sign: what is wrong with one node's figure is mostly wrong with the next one's. */
export function sum(intervals: readonly Interval[]): Interval {
  return intervals.reduce(
    (total, { low, point, high }) => ({
      low: total.low + low,
      point: total.point + point,
      high: total.high + high,
    }),
    ZERO,
  );
}

/** @param factor At least 1: both ends are moved by it. */
export function widen({ low, point, high }: Interval, factor: number): Interval {
  return { low: low / factor, point, high: high * factor };
}

/** Applied to each end; `change` must not turn the order round. */
export function map({ low, point, high }: Interval, change: (value: number) => number): Interval {
  return { low: change(low), point: change(point), high: change(high) };
}

/** From all that may be true: its ends are the farthest of them. */
export function spanning(point: number, others: readonly number[]): Interval {
  return { low: Math.min(point, ...others), point, high: Math.max(point, ...others) };
}

/** Arithmetic of intervals. */
import type { Interval } from '../advisor/projected.ts';

export const exactly = (value: number): Interval => ({ low: value, point: value, high: value });

export const ZERO = exactly(0);

/** As if all errors had one sign. */
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

/**
 * What makes a plan slower (caches, a busy machine) does so to all nodes at once: their upper ends add up. What makes a node look
 * faster is mostly a disturbed run that put its time down to another: below, it is half way to errors that know nothing of each other.
 */
export function sumOfNodes(intervals: readonly Interval[]): Interval {
  const { low, point, high } = sum(intervals);
  const apart = Math.sqrt(intervals.reduce((total, one) => total + (one.point - one.low) ** 2, 0));
  return { low: point - (point - low + apart) / 2, point, high };
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

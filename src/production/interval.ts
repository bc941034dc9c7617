/** Arithmetic with intervals. */
import type { Interval } from '../advisor/projected.ts';

export const exactly = (value: number): Interval => ({ low: value, point: value, high: value });

export const ZERO = exactly(0);

/** Adds the ends, as if all errors had the same sign. */
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
 * Whatever slows a plan down (caches, a busy machine) slows all nodes, so upper ends are added. A node that looks faster
 * mostly gained from a disturbed run of another node, so the lower end is halfway to independent errors.
 */
export function sumOfNodes(intervals: readonly Interval[]): Interval {
  const { low, point, high } = sum(intervals);
  const apart = Math.sqrt(intervals.reduce((total, one) => total + (one.point - one.low) ** 2, 0));
  return { low: point - (point - low + apart) / 2, point, high };
}

/** @param factor At least 1. */
export function widen({ low, point, high }: Interval, factor: number): Interval {
  return { low: low / factor, point, high: high * factor };
}

/** @param change Must be monotonically increasing. */
export function map({ low, point, high }: Interval, change: (value: number) => number): Interval {
  return { low: change(low), point: change(point), high: change(high) };
}

/** The interval that spans all candidates. */
export function spanning(point: number, others: readonly number[]): Interval {
  return { low: Math.min(point, ...others), point, high: Math.max(point, ...others) };
}

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
 * Half way between errors that all have one sign (what the machine does, what the model lacks) and errors that know nothing of
 * each other (which node's time a disturbed run was put down to).
 */
export function sumInPart(intervals: readonly Interval[]): Interval {
  const { low, point, high } = sum(intervals);
  const apart = (of: (one: Interval) => number) =>
    Math.sqrt(intervals.reduce((total, one) => total + of(one) ** 2, 0));
  const below = (point - low + apart(one => one.point - one.low)) / 2;
  const above = (high - point + apart(one => one.high - one.point)) / 2;
  return { low: point - below, point, high: point + above };
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

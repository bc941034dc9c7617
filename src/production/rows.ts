/**
 * Rows of a node at production size. Rows that are clearly constant or grow in step between the sizes continue so, as
 * production's estimate may be wrong. Other rows follow the estimate if its error was the same at every size, within
 * chance; else the power that the sizes show.
 */

import type { Interval } from '../advisor/projected.ts';
import { sum } from '../base/statistics.ts';
import type { PlanNode } from '../plan/plan.ts';
import { exactly, widen, ZERO } from './interval.ts';

export interface RowsAtSize {
  /** Rows of one run. */
  readonly estimated: number;
  readonly actual: number;
  /** Fewest rows in the subtree: the fewer, the larger the statistical error. */
  readonly counted: number;
  /** Rows are groups, which vary less. */
  readonly areGroups?: boolean;
  /** Rows of the plan's largest table. */
  readonly size: number;
}

/** Stands for 0 rows, as another size may give some. */
const NOTHING = 0.5;
/** Variation of an estimate from one ANALYZE to the next. */
const ESTIMATE_ERROR = 0.05;
/** Largest error of a number of groups. */
const GROUP_ERROR = 0.15;
/** Estimates are whole rows, at least one. */
const ROUNDING = 0.3;
/** Standard deviations that count as chance. */
const CHANCE = 2;
/** Equal rows at every size are no coincidence from this number on. */
const SURE = 5;
/** Largest error of a power that decides whether rows grow. */
const CLEAR = 0.2;
/** Largest ratio between an end and the figure. */
const MOST = 3;

const some = (value: number): number => Math.max(NOTHING, value);

interface Point {
  readonly x: number;
  readonly y: number;
  readonly deviation: number;
}

/** @param seen One node at several sizes, the largest last. */
export function rowsAtProduction(
  seen: readonly RowsAtSize[],
  production: { readonly estimated: number; readonly size: number },
): Interval {
  const last = seen.at(-1);
  if (last === undefined) return exactly(production.estimated);
  if (seen.every(({ actual }) => actual === 0)) return ZERO;
  const isSame = seen.every(({ actual }) => actual === last.actual);
  if (isSame && (production.estimated === last.estimated || last.actual >= SURE)) return exactly(last.actual);
  const growth = Math.log(production.size / last.size);
  const { power, error } = slopeOf(
    seen.map(one => ({
      x: Math.log(one.size / last.size),
      y: Math.log(some(one.actual)),
      deviation: Math.hypot(countError(one), ESTIMATE_ERROR),
    })),
  );
  const onBy = (exponent: number, doubt: number) =>
    around(
      some(last.actual) * Math.exp(exponent * growth),
      Math.hypot(countError(last), ESTIMATE_ERROR, doubt),
    );
  const nearest = power < 0.5 ? 0 : 1;
  const likely = Math.abs(power - nearest) <= CHANCE * error ? nearest : undefined;
  if (likely !== undefined && error <= CLEAR) return onBy(likely, 0);
  const errors = seen.map(
    (one): Point => ({
      x: 0,
      y: Math.log(some(one.actual) / some(one.estimated)),
      deviation: Math.hypot(countError(one), ESTIMATE_ERROR, ROUNDING / some(one.estimated)),
    }),
  );
  const off = mean(errors);
  // A constant estimate, mostly one row, tells nothing.
  const moves = seen.some(({ estimated }) => estimated !== production.estimated);
  const isSteady = moves && errors.every(one => Math.abs(one.y - off.y) <= CHANCE * one.deviation);
  const projected = isSteady
    ? around(some(production.estimated) * Math.exp(off.y), off.deviation)
    : onBy(likely ?? power, likely === undefined ? error * growth : 0);
  // A few rows, the same at every size, may be all there are.
  return isSame ? { ...projected, low: Math.min(projected.low, last.actual) } : projected;
}

/** Standard error of the logarithm of a count. */
const countError = ({ counted, areGroups = false }: RowsAtSize): number =>
  Math.min(areGroups ? GROUP_ERROR : 1, 1 / Math.sqrt(some(counted)));

const around = (point: number, deviation: number): Interval =>
  widen(exactly(point), Math.min(MOST, Math.exp(CHANCE * deviation)));

/** Weighted mean, with at least the error of an estimate. */
function mean(points: readonly Point[]): { readonly y: number; readonly deviation: number } {
  const weights = points.map(({ deviation }) => 1 / deviation ** 2);
  const all = sum(weights);
  const y = points.reduce((sum, point, at) => sum + (weights[at] ?? 0) * point.y, 0) / all;
  return { y, deviation: Math.hypot(1 / Math.sqrt(all), ESTIMATE_ERROR) };
}

/** Weighted linear regression. */
function slopeOf(points: readonly Point[]): { readonly power: number; readonly error: number } {
  const weights = points.map(({ deviation }) => 1 / deviation ** 2);
  const sum = (value: (point: Point) => number) =>
    points.reduce((all, point, at) => all + (weights[at] ?? 0) * value(point), 0);
  const center = { x: sum(({ x }) => x) / sum(() => 1), y: sum(({ y }) => y) / sum(() => 1) };
  const across = sum(({ x }) => (x - center.x) ** 2);
  if (across === 0) return { power: 0, error: Number.POSITIVE_INFINITY };
  const power = sum(({ x, y }) => (x - center.x) * (y - center.y)) / across;
  // Points off the line raise the error.
  const left = points.map(({ x, y, deviation }) => (y - center.y - power * (x - center.x)) / deviation);
  const scatter = Math.sqrt(left.reduce((all, one) => all + one ** 2, 0) / Math.max(1, points.length - 2));
  return { power, error: Math.max(1, scatter) / Math.sqrt(across) };
}

// A node's work in rows, which its exclusive time is divided by.

export interface Done {
  /** Returned, over all loops and processes. */
  readonly rows: number;
  /** Including rows that a filter removed. */
  readonly read: number;
  readonly loops: number;
}

/** @param done By node id. */
export function workOf(node: PlanNode, done: readonly Done[]): number {
  const { read, loops } = done[node.id] ?? { read: 0, loops: 0 };
  if (node.children.length === 0) return read + loops;
  const came = node.children.reduce((sum, { id }) => sum + (done[id]?.rows ?? 0), 0);
  // n log n comparisons for each sort.
  if (node.nodeType.endsWith('Sort')) return came * Math.log2(Math.max(2, came / Math.max(1, loops)));
  return came + read;
}

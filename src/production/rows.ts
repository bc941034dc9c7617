/**
 * Rows of a node at production size. What clearly does not grow between the sizes, or grows in step with them, goes on so: the
 * planner's estimate may be wrong in production only, where ANALYZE counts too few values. Other rows are its estimate there,
 * if it was off by the same factor at every size, as far as chance allows; or else follow the power that the sizes show. Pure.
 */
import type { Interval } from '../advisor/projected.ts';
import type { PlanNode } from '../plan/plan.ts';
import { exactly, widen, ZERO } from './interval.ts';

export interface RowsHere {
  /** Of one run: the planner's, and what came. */
  readonly estimated: number;
  readonly actual: number;
  /** Rows that chance let through, here or beneath: the fewer, the less sure. */
  readonly counted: number;
  /** Groups, not things that were counted: chance moves them less. */
  readonly areGroups?: boolean;
  /** Rows of the table that grows most, as the size that it was seen at. */
  readonly size: number;
}

/** A node that gave out nothing may give out something elsewhere. */
const NOTHING = 0.5;
/** Estimates of the same thing differ by as much from one ANALYZE to the next. */
const ESTIMATE_ERROR = 0.05;
/** Of a number of groups. */
const GROUP_ERROR = 0.15;
/** Whole rows are rounded, and are at least one. */
const ROUNDING = 0.3;
/** Standard deviations that count as chance. */
const CHANCE = 2;
/** So many rows at every size are no chance. */
const SURE = 5;
/** A power that is known to this shows whether rows grow. */
const CLEAR = 0.2;
/** An interval's end is at most so many times its figure. */
const MOST = 3;

const some = (value: number): number => Math.max(NOTHING, value);

interface Point {
  readonly x: number;
  readonly y: number;
  readonly deviation: number;
}

/** @param seen The same node at several sizes, the largest last. */
export function rowsAhead(
  seen: readonly RowsHere[],
  there: { readonly estimated: number; readonly size: number },
): Interval {
  const last = seen.at(-1);
  if (last === undefined) return exactly(there.estimated);
  if (seen.every(({ actual }) => actual === 0)) return ZERO;
  const isSame = seen.every(({ actual }) => actual === last.actual);
  if (isSame && (there.estimated === last.estimated || last.actual >= SURE)) return exactly(last.actual);
  const growth = Math.log(there.size / last.size);
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
  // An estimate that never moves, of one row mostly, is none.
  const moves = seen.some(({ estimated }) => estimated !== there.estimated);
  const isSteady = moves && errors.every(one => Math.abs(one.y - off.y) <= CHANCE * one.deviation);
  const projected = isSteady
    ? around(some(there.estimated) * Math.exp(off.y), off.deviation)
    : onBy(likely ?? power, likely === undefined ? error * growth : 0);
  // A few rows, and as many everywhere: they may be all that there are.
  return isSame ? { ...projected, low: Math.min(projected.low, last.actual) } : projected;
}

/** Of a count, in its logarithm. */
const countError = ({ counted, areGroups = false }: RowsHere): number =>
  Math.min(areGroups ? GROUP_ERROR : 1, 1 / Math.sqrt(some(counted)));

const around = (point: number, deviation: number): Interval =>
  widen(exactly(point), Math.min(MOST, Math.exp(CHANCE * deviation)));

/** Weighted by how sure each is; no surer than the planner's estimate is. */
function mean(points: readonly Point[]): { readonly y: number; readonly deviation: number } {
  const weights = points.map(({ deviation }) => 1 / deviation ** 2);
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const y = points.reduce((sum, point, at) => sum + (weights[at] ?? 0) * point.y, 0) / all;
  return { y, deviation: Math.hypot(1 / Math.sqrt(all), ESTIMATE_ERROR) };
}

/** Through the points, weighted by how sure each is. */
function slopeOf(points: readonly Point[]): { readonly power: number; readonly error: number } {
  const weights = points.map(({ deviation }) => 1 / deviation ** 2);
  const sum = (value: (point: Point) => number) =>
    points.reduce((all, point, at) => all + (weights[at] ?? 0) * value(point), 0);
  const center = { x: sum(({ x }) => x) / sum(() => 1), y: sum(({ y }) => y) / sum(() => 1) };
  const across = sum(({ x }) => (x - center.x) ** 2);
  if (across === 0) return { power: 0, error: Number.POSITIVE_INFINITY };
  const power = sum(({ x, y }) => (x - center.x) * (y - center.y)) / across;
  // Points that lie off the line say how far it may be off.
  const left = points.map(({ x, y, deviation }) => (y - center.y - power * (x - center.x)) / deviation);
  const scatter = Math.sqrt(left.reduce((all, one) => all + one ** 2, 0) / Math.max(1, points.length - 2));
  return { power, error: Math.max(1, scatter) / Math.sqrt(across) };
}

/** How much a node has to do, in rows: what its own time is divided by. Pure. */

export interface Done {
  /** Given out, in all loops and processes. */
  readonly rows: number;
  /** With what a filter threw away. */
  readonly read: number;
  readonly loops: number;
}

/** @param done By node id. */
export function workOf(node: PlanNode, done: readonly Done[]): number {
  const { read, loops } = done[node.id] ?? { read: 0, loops: 0 };
  if (node.children.length === 0) return read + loops;
  const came = node.children.reduce((sum, { id }) => sum + (done[id]?.rows ?? 0), 0);
  // Comparisons: each sort has its own.
  if (node.nodeType.endsWith('Sort')) return came * Math.log2(Math.max(2, came / Math.max(1, loops)));
  return came + read;
}

/**
 * Rows of a node at production size: the planner's estimate there, corrected by how far it was off where the plan ran. Where that
 * error follows the size (groups that do not get more, while the planner thinks so), it is followed further. Pure.
 */
import type { Interval } from '../advisor/projected.ts';
import { exactly, spanning, widen, ZERO } from './interval.ts';
import { exponentOf } from './trend.ts';

export interface RowsHere {
  readonly estimated: number;
  readonly actual: number;
  /** Rows of what grows most, as the size that it was seen at. */
  readonly size: number;
}

/** A node that gave out nothing may give out something elsewhere. */
const NOTHING = 0.5;
/** Exponents nearer to 0 are noise; up to the second one they may be. */
const NOISE = 0.1;
const DOUBT = 0.5;
/** An error that grows faster is not followed. */
const STEEPEST = 1.5;
/** Standard errors of a count, in the logarithm, and the most that they may widen by. */
const ERRORS = 2;
const MOST = 3;

const some = (value: number): number => Math.max(NOTHING, value);

/** @param seen The same node at several sizes, the largest last. */
export function rowsAhead(
  seen: readonly RowsHere[],
  there: { readonly estimated: number; readonly size: number },
): Interval {
  const last = seen.at(-1);
  if (last === undefined) return exactly(there.estimated);
  if (seen.every(({ actual }) => actual === 0)) return ZERO;
  // Neither rows nor estimates move with the size: a small table, a LIMIT.
  if (there.estimated === last.estimated && seen.every(({ actual }) => actual === last.actual))
    return exactly(last.actual);
  const steady = (some(there.estimated) / some(last.estimated)) * some(last.actual);
  const { rows: followed, doubtful } = follow(seen, there, last) ?? { rows: steady, doubtful: false };
  const off = Math.min(MOST, Math.exp(ERRORS / Math.sqrt(some(last.actual))));
  return widen(spanning(followed, doubtful ? [steady] : []), off);
}

/** undefined where the planner is off by the same factor everywhere. */
function follow(
  seen: readonly RowsHere[],
  there: { readonly estimated: number; readonly size: number },
  last: RowsHere,
): { readonly rows: number; readonly doubtful: boolean } | undefined {
  const error = exponentOf(
    seen.map(({ estimated, actual }) => ({ x: some(estimated), y: some(actual) / some(estimated) })),
  );
  const growth = error === undefined ? there.size / last.size : some(there.estimated) / some(last.estimated);
  // The planner expects as many everywhere: the rows themselves say whether they grow.
  const power =
    error ?? exponentOf(seen.map(({ size, actual }) => ({ x: some(size), y: some(actual) }))) ?? 0;
  if (Math.abs(power) < NOISE) return undefined;
  const steep = Math.max(-STEEPEST, Math.min(STEEPEST, power));
  const rows = growth ** (error === undefined ? steep : 1 + steep) * some(last.actual);
  return { rows, doubtful: Math.abs(steep) < DOUBT };
}

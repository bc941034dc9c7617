/** Whether one plan is faster than another at production size, judged by their projections. */
import type { ProjectedTime } from './projected.ts';
import { LEAST_FACTOR, type Verdict } from './verdict.ts';

/**
 * A difference is clear only if the intervals are disjoint, because the errors of the two projections may depend on
 * each other.
 */
export function judgeProjected(before: ProjectedTime, after: ProjectedTime): Verdict {
  if (before.kind === 'unknown' || after.kind === 'unknown') return { kind: 'not measured' };
  const [from, to] = [before.ms, after.ms];
  const factor = from.point / to.point;
  const isWorthReporting = Math.max(factor, 1 / factor) >= LEAST_FACTOR;
  const kind = from.low > to.high ? 'faster' : to.low > from.high ? 'slower' : undefined;
  return {
    kind: isWorthReporting ? (kind ?? 'no clear difference') : 'no clear difference',
    beforeMs: from.point,
    afterMs: to.point,
    factor,
    atLeast: false,
    interval: [from.low / to.high, from.high / to.low],
    p: undefined,
    projected: true,
    settled: true,
  };
}

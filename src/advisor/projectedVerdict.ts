/** Whether one plan is faster than another at production size, going by what both are projected to take there. Pure. */
import type { ProjectedTime } from './projected.ts';
import { LEAST_FACTOR, type Verdict } from './verdict.ts';

/**
 * Clear only where the intervals have nothing in common, however far apart their middles are: it is unknown how the errors of the
 * two hang together. What is unknown was not measured either.
 */
export function judgeProjected(before: ProjectedTime, after: ProjectedTime): Verdict {
  if (before.kind === 'unknown' || after.kind === 'unknown') return { kind: 'not measured' };
  const [from, to] = [before.ms, after.ms];
  const factor = from.point / to.point;
  const worthAWord = Math.max(factor, 1 / factor) >= LEAST_FACTOR;
  const kind = from.low > to.high ? 'faster' : to.low > from.high ? 'slower' : undefined;
  return {
    kind: worthAWord ? (kind ?? 'no clear difference') : 'no clear difference',
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

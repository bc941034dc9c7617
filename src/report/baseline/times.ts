/** What the run times of one side of a query say, then and now: its target, its timeout, faster or slower. Pure. */
import { judgeMeasured } from '../../advisor/verdict.ts';
import { changeText, formatMs, round } from '../../format/index.ts';
import type { Remark } from './remark.ts';
import type { ComparableSide } from './types.ts';

/** ms; null where it is not known. */
export interface Targets {
  readonly was: number | null;
  readonly now: number | null;
}

export function timeRemarks(then: ComparableSide, now: ComparableSide, targets: Targets): Remark[] {
  const limit = (ms: number) => round(formatMs(ms));
  if (now.timedOutAfterMs !== null) {
    if (then.timedOutAfterMs !== null || then.medianMs === null) return [];
    const after = `stopped after ${limit(now.timedOutAfterMs)}; it took ${formatMs(then.medianMs)} in the baseline`;
    return then.medianMs < now.timedOutAfterMs
      ? [{ grade: 'worse', kind: 'timed-out', text: after }]
      : [{ grade: 'told', kind: 'shorter-timeout', text: `${after}, under a longer timeout` }];
  }
  if (now.medianMs === null) return [];
  const was =
    then.timedOutAfterMs === null
      ? formatMs(then.medianMs ?? Number.NaN)
      : `> ${limit(then.timedOutAfterMs)}`;
  const times = `${was} → ${formatMs(now.medianMs)}`;
  const remarks: Remark[] = [];
  if (then.timedOutAfterMs !== null)
    remarks.push({ grade: 'better', kind: 'in-time', text: `it no longer times out: ${times}` });
  if (then.meetsTarget === true && now.meetsTarget === false) {
    const moved =
      targets.was === null || targets.was === targets.now ? '' : `; the target was ${limit(targets.was)}`;
    const text = `the target of ${limit(targets.now ?? Number.NaN)} is missed: ${times}${moved}`;
    remarks.push({ grade: 'worse', kind: 'target-missed', text });
  }
  if (then.meetsTarget === false && now.meetsTarget === true) {
    const text = `the target of ${limit(targets.now ?? Number.NaN)} is met: ${times}`;
    remarks.push({ grade: 'better', kind: 'target-met', text });
  }
  if (then.medianMs === null) return remarks;
  const verdict = judgeMeasured(then, now);
  // What used to be stopped is in time now, whatever the bound is.
  if ((verdict.kind !== 'slower' && verdict.kind !== 'faster') || verdict.atLeast) return remarks;
  const { kind } = verdict;
  remarks.push({
    grade: kind === 'slower' ? 'slower' : 'better',
    kind,
    text: `${changeText(kind, then.medianMs, now.medianMs)}: ${times}`,
  });
  return remarks;
}

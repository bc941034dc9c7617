/** Whether the method holds: what the smaller sizes say of the largest one, against what was measured there. Pure. */
import { availableParallelism } from 'node:os';
import type { FitCheck } from '../advisor/projected.ts';
import { median } from '../base/statistics.ts';
import { project } from './project.ts';
import type { Rehearsal } from './types.ts';

/** @param seen Ascending by size. @returns undefined without any. */
export function checkFit(
  seen: readonly Rehearsal[],
  workMemBytesOf: (rehearsal: Rehearsal) => number,
): FitCheck | undefined {
  const largest = seen.at(-1);
  if (largest === undefined) return undefined;
  const predicted = project(seen.slice(0, -1), {
    size: largest.size,
    plan: largest.estimated,
    workMemBytes: workMemBytesOf(largest),
    processors: availableParallelism(),
    // It was warm when it was measured.
    cacheBytes: undefined,
  });
  const measuredMs = median(largest.runsMs) ?? 0;
  const inside =
    predicted.kind === 'unknown'
      ? undefined
      : predicted.ms.low <= measuredMs && measuredMs <= predicted.ms.high;
  return { predicted, measuredMs, label: largest.size.label, inside };
}

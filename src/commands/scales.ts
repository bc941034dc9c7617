/** `--scales`: the demo at several sizes. */
import type { Io, TargetOptions } from '../run.ts';
import type { ProgressLine } from './progress.ts';
import type { Place, StagesOptions } from './stages.ts';
import { openTarget } from './target.ts';

/** @param scales Ascending; the demo is open at the last one. */
export function demoAt(
  scales: readonly number[],
  options: TargetOptions,
  progress: ProgressLine,
  signal: AbortSignal,
  io: Io,
): Pick<StagesOptions, 'smaller' | 'label'> {
  const labelOf = (scale: number | undefined) => `×${scale}`;
  const smaller = scales.slice(0, -1).map((scale): Place => {
    // What is there is not made anew a second time.
    const here = { ...options, scale, fresh: false };
    return {
      label: labelOf(scale),
      open: () => openTarget(undefined, here, io, progress.startup, signal),
    };
  });
  return { smaller, label: labelOf(scales.at(-1)) };
}

/** `--scales` or `--sample` → how the largest size is opened, and then what the smaller ones are. */
import type { Io, TargetOptions } from '../run.ts';
import type { Timeouts } from '../session/timeouts.ts';
import type { Workload } from '../workload/types.ts';
import type { Choice } from './choice.ts';
import type { Headless } from './headless.ts';
import type { ProgressLine } from './progress.ts';
import { type Ahead, lookAtSamples, resolveSamples } from './samples.ts';
import { demoAt } from './scales.ts';
import { refuseSizes, type SizesOptions } from './sizes.ts';
import type { StagesOptions } from './stages.ts';

export interface AskedSizes<Options extends TargetOptions> {
  /** Of the largest. */
  readonly options: Options;
  readonly ahead: Headless['ahead'];
  /** Once the largest is open; undefined if none were asked for. */
  known(signal: AbortSignal): Pick<StagesOptions, 'smaller' | 'label' | 'remarks'> | undefined;
}

/** @throws PgoptError 'usage', or 'cancelled' for Ctrl-C at the question for a password. */
export async function askedSizes<Options extends SizesOptions>(
  options: Options,
  choice: Choice,
  workload: Workload,
  io: Io,
  { timeouts, progress }: { readonly timeouts: Timeouts; readonly progress: ProgressLine },
): Promise<AskedSizes<Options>> {
  refuseSizes(options, choice, workload);
  const { scales } = options;
  const scale = scales?.at(-1);
  const samples = await resolveSamples(options.sample ?? [], options, io);
  let sampled: Ahead | undefined;
  return {
    options: { ...options, ...(scale === undefined ? {} : { scale }) },
    ahead:
      samples.length === 0
        ? undefined
        : async (settings, signal) => {
            sampled = await lookAtSamples(settings, samples, workload, timeouts, signal);
            return sampled.lines;
          },
    known: signal => (scales === undefined ? sampled : demoAt(scales, options, progress, signal, io)),
  };
}

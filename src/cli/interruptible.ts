/** Ends work without a screen cleanly after a signal or a crash. */
import { constants } from 'node:os';
import { watchCrashes } from '../base/crash.ts';
import { formatError, PgoptError } from '../base/errors.ts';
import type { Io } from './io.ts';
import { notify } from './output.ts';
import type { ProgressLine } from './progress.ts';

/** After a signal, neither a server nor a blocked reader of the output may delay the exit longer. */
const PATIENCE_MS = 1500;

const tooLate = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      setTimeout(() => reject(new PgoptError('cancelled', 'interrupted')), PATIENCE_MS).unref();
    });
  });

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * @param work Must reject with 'cancelled' when `signal` aborts.
 * @returns The result of `work`; 128 + n after signal n.
 * @throws PgoptError
 */
export async function interruptible(
  io: Io,
  progress: ProgressLine,
  work: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const abort = new AbortController();
  let interruptedBy: NodeJS.Signals | undefined;
  const interrupt = (name: NodeJS.Signals) => {
    interruptedBy ??= name;
    abort.abort();
  };
  for (const name of SIGNALS) io.on(name, interrupt);
  let crash: { readonly error: unknown } | undefined;
  const unwatch = watchCrashes(io, error => {
    crash ??= { error };
    abort.abort();
  });
  try {
    const code = await Promise.race([work(abort.signal), tooLate(abort.signal)]);
    return interruptedBy === undefined ? code : 128 + constants.signals[interruptedBy];
  } catch (error) {
    if (crash !== undefined) throw crash.error;
    if (interruptedBy === undefined || !(error instanceof PgoptError && error.code === 'cancelled'))
      throw error;
    progress.done();
    notify(io, formatError(error));
    return 128 + constants.signals[interruptedBy];
  } finally {
    progress.done();
    unwatch();
    // A closing terminal sends SIGHUP twice (system and shell): ignore the second one.
    if (interruptedBy === 'SIGHUP') io.on('SIGHUP', () => {});
    for (const name of SIGNALS) io.off(name, interrupt);
  }
}

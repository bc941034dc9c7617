/** A session without a screen: opened on its target, ended by a signal or a crash as cleanly as by its work. */
import { constants } from 'node:os';
import { watchCrashes } from '../crash.ts';
import { formatError, PgoptError } from '../errors.ts';
import type { Io, TargetOptions } from '../run.ts';
import type { ExplorerSession } from '../session/events.ts';
import { openSession, type SessionOptions } from '../session/session.ts';
import type { Timeouts } from '../session/timeouts.ts';
import type { Workload } from '../workload/types.ts';
import type { Choice } from './choice.ts';
import { askOnTerminal, lookAhead } from './consent.ts';
import type { ProgressLine } from './progress.ts';
import { now, openTarget, type Target } from './target.ts';

export interface Headless {
  readonly choice: Choice;
  readonly options: TargetOptions;
  readonly workload: Workload;
  readonly timeouts: Timeouts;
  readonly progress: ProgressLine;
  readonly session?: Partial<SessionOptions>;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * @param work Rejects with 'cancelled' when `signal` is aborted. The session is closed after it, whatever it did.
 * @param after With the session closed and the server still there.
 * @returns What `after` gives; 128 + its number after a signal.
 * @throws PgoptError
 */
export async function headless<T>(
  { choice, options, workload, timeouts, progress, session: more = {} }: Headless,
  io: Io,
  work: (session: ExplorerSession, target: Target, signal: AbortSignal) => Promise<T>,
  after: (result: T, target: Target, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const abort = new AbortController();
  const { signal } = abort;
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
    const target = await openTarget(choice, options, io, progress.startup, signal);
    try {
      if (!target.embedded && options.yes !== true)
        await askOnTerminal(await lookAhead(target.settings, workload, timeouts, signal), io, signal);
      const { settings } = target;
      const session = await openSession({ settings, workload, eager: false, timeouts, now, signal, ...more });
      const result = await work(session, target, signal).finally(() => session.close());
      progress.done();
      return await after(result, target, signal);
    } finally {
      await target.release();
    }
  } catch (error) {
    if (crash !== undefined) throw crash.error;
    if (interruptedBy === undefined || !(error instanceof PgoptError && error.code === 'cancelled'))
      throw error;
    progress.done();
    io.stderr.write(`${formatError(error)}\n`);
    return 128 + constants.signals[interruptedBy];
  } finally {
    progress.done();
    unwatch();
    for (const name of SIGNALS) io.off(name, interrupt);
  }
}

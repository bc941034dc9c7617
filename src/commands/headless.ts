/** A session without a screen: opened on its target, ended by a signal or a crash as cleanly as by its work. */
import type { ConnectionSettings } from '../database/types.ts';
import type { Io, TargetOptions } from '../run.ts';
import type { ExplorerSession } from '../session/events.ts';
import { openSession, type SessionOptions } from '../session/session.ts';
import type { Timeouts } from '../session/timeouts.ts';
import type { Workload } from '../workload/types.ts';
import type { Choice } from './choice.ts';
import { askOnTerminal, lookAhead } from './consent.ts';
import { interruptible } from './interruptible.ts';
import type { ProgressLine } from './progress.ts';
import { now, openTarget, type Target } from './target.ts';

export interface Headless {
  readonly choice: Choice;
  readonly options: TargetOptions;
  readonly workload: Workload;
  readonly timeouts: Timeouts;
  readonly progress: ProgressLine;
  readonly session?: Partial<SessionOptions>;
  /** Looks at a database that is named, and at others besides, in place of lookAhead(): even where nobody is asked. */
  readonly ahead?:
    | ((settings: ConnectionSettings, signal: AbortSignal) => Promise<readonly string[]>)
    | undefined;
}

/**
 * @param work Rejects with 'cancelled' when `signal` is aborted. The session is closed after it, whatever it did.
 * @param after With the session closed and the server still there.
 * @returns What `after` gives; 128 + its number after a signal.
 * @throws PgoptError
 */
export function headless<T>(
  { choice, options, workload, timeouts, progress, session: more = {}, ahead }: Headless,
  io: Io,
  work: (session: ExplorerSession, target: Target, signal: AbortSignal) => Promise<T>,
  after: (result: T, target: Target, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  return interruptible(io, progress, async signal => {
    const target = await openTarget(choice, options, io, progress.startup, signal);
    try {
      const { settings } = target;
      const asks = !target.embedded && options.yes !== true;
      const seen = await ahead?.(settings, signal);
      if (asks)
        await askOnTerminal(
          seen ?? (await lookAhead(settings, workload, timeouts, signal, options.role)),
          io,
          signal,
        );
      const session = await openSession({
        settings,
        workload,
        eager: false,
        unattended: true,
        timeouts,
        now,
        signal,
        role: options.role,
        ...more,
      });
      const result = await work(session, target, signal).finally(() => session.close());
      progress.done();
      return await after(result, target, signal);
    } finally {
      await target.release();
    }
  });
}

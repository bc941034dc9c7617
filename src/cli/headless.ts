/** Runs a session without a screen and closes it cleanly after the work, a signal or a crash. */
import type { ConnectionSettings } from '../database/connectionSettings.ts';
import type { LensDocument } from '../lens/document.ts';
import type { ExplorerSession } from '../session/events.ts';
import { openSession } from '../session/opening.ts';
import type { SessionOptions, Timeouts } from '../session/options.ts';
import type { Workload } from '../workload/workload.ts';
import type { TargetOptions } from './commands/options.ts';
import { askOnTerminal, preflightReport } from './consent.ts';
import { interruptible } from './interruptible.ts';
import type { Io } from './io.ts';
import { lensLabel, openLensFile } from './lensFile.ts';
import type { ProgressLine } from './progress.ts';
import { type Choice, now, openTarget, type Target } from './target.ts';

export interface Headless {
  readonly lens?: LensDocument | undefined;
  readonly choice: Choice;
  readonly options: TargetOptions;
  readonly workload: Workload;
  readonly timeouts: Timeouts;
  readonly progress: ProgressLine;
  readonly session?: Partial<SessionOptions>;
  /** Replaces preflightReport() for a named database and its samples; runs even if there is no question. */
  readonly preflight?:
    | ((settings: ConnectionSettings, signal: AbortSignal) => Promise<readonly string[]>)
    | undefined;
}

/** The target of the work; a lens has no database to connect to. */
export type Worked = Omit<Target, 'settings' | 'release'> & Partial<Pick<Target, 'settings'>>;

/**
 * @param work Must reject with 'cancelled' when `signal` aborts. The session closes after it in any case.
 * @param after Runs with the session closed and the server still up.
 * @returns The result of `after`; 128 + n after signal n.
 * @throws PgoptError
 */
export function headless<T>(
  { lens, ...where }: Headless,
  io: Io,
  work: (session: ExplorerSession, target: Worked, signal: AbortSignal) => Promise<T>,
  after: (result: T, target: Worked, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const { progress, options, session, workload } = where;
  return interruptible(io, progress, async signal => {
    const done = async (opened: ExplorerSession, target: Worked) => {
      const result = await work(opened, target, signal).finally(() => opened.close());
      progress.done();
      return after(result, target, signal);
    };
    if (lens !== undefined) {
      const target = { label: lensLabel(lens), embedded: false, scale: undefined, loadedOn: undefined };
      const planner = session?.planner;
      return done(await openLensFile(lens, workload, io, progress.startup, signal, { planner }), target);
    }
    const target = await openTarget(where.choice, options, io, progress.startup, signal);
    try {
      return await done(await openIn(target, where, io, signal), target);
    } finally {
      await target.release();
    }
  });
}

/** Asks for consent where necessary, then opens the session. */
async function openIn(
  { settings, embedded }: Target,
  { options, workload, timeouts, session = {}, preflight }: Headless,
  io: Io,
  signal: AbortSignal,
): Promise<ExplorerSession> {
  const seen = await preflight?.(settings, signal);
  if (!embedded && options.yes !== true)
    await askOnTerminal(
      seen ?? (await preflightReport(settings, workload, timeouts, signal, options.role)),
      io,
      signal,
    );
  return openSession({
    settings,
    workload,
    eager: false,
    unattended: true,
    timeouts,
    now,
    signal,
    role: options.role,
    ...session,
  });
}

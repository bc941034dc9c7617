/** `pgopt-explore`: the terminal app on a live session. */
import { packageFolder } from '../package.ts';
import type { Io, TargetOptions } from '../run.ts';
import type { StartupEvent } from '../session/events.ts';
import { openSession } from '../session/session.ts';
import { requireTerminal, runExplorer } from '../tui/run.ts';
import { loadWorkload } from '../workload/load.ts';
import { now, openTarget, type Target, targetLabel } from './target.ts';

/** @returns The exit code. @throws PgoptError 'not-a-terminal', or for a bad workload. */
export async function explore(folder: string | undefined, options: TargetOptions, io: Io): Promise<number> {
  requireTerminal(io);
  const label = targetLabel(options, io);
  const workload = await loadWorkload(folder ?? packageFolder(), io.cwd());
  let target: Target | undefined;
  try {
    return await runExplorer({
      workload,
      // A workload of one's own is named beside where it is tried.
      target: {
        label: `${label}${folder === undefined ? '' : ` · ${workload.title || folder}`}`,
      },
      // Called again to reconnect: an embedded server that died meanwhile is started again.
      launch: async (report, signal) => {
        target = await reopen(target, options, io, report, signal);
        report({ type: 'startup:step', message: 'opening the transaction' });
        return openSession({ settings: target.settings, workload, eager: target.embedded, now, signal });
      },
      io,
    });
  } finally {
    await target?.release();
  }
}

/** The same target once more. The new lease comes before the old one goes, or the last explorer would stop its own server. */
async function reopen(
  before: Target | undefined,
  options: TargetOptions,
  io: Io,
  report: (event: StartupEvent) => void,
  signal: AbortSignal,
): Promise<Target> {
  if (before === undefined) return openTarget(options, io, report, signal);
  if (!before.embedded) return before;
  const { fresh: _, ...again } = options;
  const target = await openTarget(again, io, report, signal);
  await before.release();
  return target;
}

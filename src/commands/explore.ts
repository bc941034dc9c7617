/** `pgopt-explore`: the terminal app on a live session. */
import { packageFolder } from '../package.ts';
import type { Io, TargetOptions } from '../run.ts';
import type { StartupEvent } from '../session/events.ts';
import { openSession } from '../session/session.ts';
import { requireTerminal, runExplorer } from '../tui/run.ts';
import { loadWorkload } from '../workload/load.ts';
import { type Choice, chooseDatabase } from './choice.ts';
import { lookAhead, timeoutsOf } from './consent.ts';
import { proposing } from './proposing.ts';
import { now, openTarget, type Target, targetLabel } from './target.ts';

/** A quarter of an hour of deleted rows is what autovacuum of a busy table can catch up with. */
const AGE_LIMIT_MS = 15 * 60_000;

/** @returns The exit code. @throws PgoptError 'not-a-terminal', 'cancelled', or for a bad workload or way to the database. */
export async function explore(folder: string | undefined, options: TargetOptions, io: Io): Promise<number> {
  requireTerminal(io);
  const workload = await loadWorkload(folder ?? packageFolder(), io.cwd());
  const choice = await chooseDatabase(options, io);
  const label = targetLabel(choice, options);
  let target: Target | undefined;
  try {
    return await runExplorer({
      workload,
      // A workload of one's own is named beside where it is tried.
      target: {
        label: `${label}${folder === undefined ? '' : ` · ${workload.title || folder}`}`,
        // The embedded one has nobody whose rows wait.
        ...(choice === undefined ? {} : { ageLimitMs: AGE_LIMIT_MS }),
      },
      // Called again to reconnect: an embedded server that died meanwhile is started again.
      launch: async (report, signal, confirm, workload) => {
        const again = target !== undefined;
        target = await reopen(target, choice, options, io, report, signal);
        // Who said yes once need not say it again.
        if (!target.embedded && options.yes !== true && !again) {
          report({ type: 'startup:step', message: 'looking at the database' });
          await confirm(await lookAhead(target.settings, workload, options, signal));
        }
        report({ type: 'startup:step', message: 'opening the transaction' });
        return openSession({
          settings: target.settings,
          workload,
          eager: target.embedded,
          writeCost: options.writeCost === true,
          timeouts: timeoutsOf(options, target.embedded),
          now,
          signal,
        });
      },
      proposals: proposing(folder, io),
      io,
    });
  } finally {
    await target?.release();
  }
}

/** The same target once more. The new lease comes before the old one goes, or the last explorer would stop its own server. */
async function reopen(
  before: Target | undefined,
  choice: Choice,
  options: TargetOptions,
  io: Io,
  report: (event: StartupEvent) => void,
  signal: AbortSignal,
): Promise<Target> {
  if (before === undefined) return openTarget(choice, options, io, report, signal);
  if (!before.embedded) return before;
  const { fresh: _, ...again } = options;
  const target = await openTarget(choice, again, io, report, signal);
  await before.release();
  return target;
}

/** `pgopt-explore`: the terminal app on a live session. */
import { ATTENDED_MS, interleaving } from '../advisor/interleave.ts';
import { packageFolder } from '../package.ts';
import type { Io, TargetOptions } from '../run.ts';
import { requireKnown } from '../session/openingSettings.ts';
import { openSession } from '../session/session.ts';
import { requireTerminal, runExplorer } from '../tui/run.ts';
import { loadWorkload } from '../workload/load.ts';
import { BUDGET, parseBudget } from './budget.ts';
import { changing } from './changing.ts';
import { chooseDatabase } from './choice.ts';
import { ageLimitOf, lookAhead, timeoutsOf } from './consent.ts';
import { lensLabel, lensOf, openLensFile } from './lensFile.ts';
import { notesOf, productionWith } from './production.ts';
import { proposing } from './proposing.ts';
import { suggesting } from './suggesting.ts';
import { now, openTarget, type Target, targetLabel } from './target.ts';

/** @returns The exit code. @throws PgoptError 'not-a-terminal', 'cancelled', or for a bad workload or way to the database. */
export async function explore(folder: string | undefined, options: TargetOptions, io: Io): Promise<number> {
  requireTerminal(io);
  const set = options.set ?? [];
  requireKnown(set);
  const workload = await loadWorkload(folder ?? packageFolder(), io.cwd(), new Set(options.trustFunctions));
  const lens = await lensOf(options, io);
  const choice = lens === undefined ? await chooseDatabase(options, io) : undefined;
  const timeouts = timeoutsOf(options, choice === undefined);
  const ageLimitMs = ageLimitOf(options, choice === undefined);
  const label = lens === undefined ? targetLabel(choice, options) : lensLabel(lens);
  const production = productionWith(io, now);
  const budgetMs = parseBudget(BUDGET);
  let target: Target | undefined;
  try {
    return await runExplorer({
      workload,
      set,
      // A workload of one's own is named beside where it is tried.
      target: {
        label: `${label}${folder === undefined ? '' : ` · ${workload.title || folder}`}`,
        ...(ageLimitMs === undefined ? {} : { ageLimitMs }),
        asksFirst: choice !== undefined,
        hasFolder: folder !== undefined,
      },
      // Called again to reconnect: an embedded server that died meanwhile is started again.
      launch: async (report, signal, confirm, workload) => {
        if (lens !== undefined) return openLensFile(lens, workload, io, report, signal);
        const again = target !== undefined;
        const open = (given: TargetOptions) => openTarget(choice, given, io, report, signal);
        target = target === undefined ? await open(options) : await reopened(target, options, open);
        // Who said yes once need not say it again.
        if (!target.embedded && options.yes !== true && !again) {
          report({ type: 'startup:step', message: 'looking at the database' });
          await confirm(await lookAhead(target.settings, workload, timeouts, signal, options.role));
        }
        report({ type: 'startup:step', message: 'opening the transaction' });
        return openSession({
          settings: target.settings,
          workload,
          eager: target.embedded,
          interleave: interleaving(ATTENDED_MS),
          writeCost: options.writeCost === true,
          intended: set,
          role: options.role,
          timeouts,
          now,
          signal,
        });
      },
      proposals: proposing(folder, workload.trusted, io),
      production: async (session, workload, signal, tell) => {
        const opened = await production(session, { workload, signal, onStep: tell });
        return { session: opened.session, notes: notesOf(opened) };
      },
      change: changing(() => target, io),
      suggestions: suggesting(
        {
          lens,
          place: () => target && { settings: target.settings, timeouts, role: options.role },
          budgetMs,
          folder,
        },
        io,
      ),
      surveyBudgetMs: budgetMs,
      io,
    });
  } finally {
    await target?.release();
  }
}

/** The same target once more. The new lease comes before the old one goes, or the last explorer would stop its own server. */
async function reopened(
  before: Target,
  { fresh: _, ...again }: TargetOptions,
  open: (options: TargetOptions) => Promise<Target>,
): Promise<Target> {
  if (!before.embedded) return before;
  const target = await open(again);
  await before.release();
  return target;
}

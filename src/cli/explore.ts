/** `pgopt-explore`: the terminal app on a live session. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ATTENDED_MS, interleaving } from '../advisor/interleave.ts';
import { PgoptError } from '../base/errors.ts';
import { visibleSql } from '../base/visibleSql.ts';
import { requireKnown } from '../session/settingFacts.ts';
import { type ProposalPart, requireTerminal, runExplorer } from '../tui/explorer.ts';
import type { TrustedFunctions } from '../workload/functions.ts';
import { loadWorkload } from '../workload/load.ts';
import { proposalFromText, saveProposal } from '../workload/write.ts';
import { BUDGET, parseBudget } from './budget.ts';
import type { TargetOptions } from './commands/options.ts';
import { ageLimitOf, preflightReport, timeoutsOf } from './consent.ts';
import type { Io } from './io.ts';
import { lensLabel, lensOf, notesOf, openLensFile, productionWith } from './lensFile.ts';
import { changing } from './migrating.ts';
import { packageFolder } from './packageFile.ts';
import { suggesting } from './suggesting.ts';
import { chooseDatabase, now, openTarget, type Target, targetLabel } from './target.ts';

/**
 * Proposals from the explorer: parsed, edited in $EDITOR, saved.
 * @param folder undefined: the demo, whose files belong to the program.
 */
function proposing(folder: string | undefined, trusted: TrustedFunctions, io: Io): ProposalPart {
  return {
    parse: (text, edited, taken) => proposalFromText(text, edited, taken, trusted),
    save: async (proposal, replace) => {
      if (folder === undefined)
        throw new PgoptError('workload-unwritable', 'the demo’s files are the program’s own', {
          next: 'start with a folder of your own to keep it',
        });
      return saveProposal(folder, { ...proposal, ddl: visibleSql(proposal.ddl) }, replace);
    },
    editor: text => inEditor(text, io.env),
  };
}

/**
 * The edited text.
 * @throws PgoptError 'usage' if no editor is set or it fails
 */
async function inEditor(text: string, env: NodeJS.ProcessEnv): Promise<string> {
  const editor = env.VISUAL || env.EDITOR;
  if (!editor) throw new PgoptError('usage', 'neither VISUAL nor EDITOR is set', { next: 'set one of them' });
  const folder = await mkdtemp(join(tmpdir(), 'pgopt-explore-'));
  try {
    const file = join(folder, 'proposal.sql');
    await writeFile(file, `${text}\n`, { mode: 0o600 });
    // EDITOR may contain arguments, as for git.
    const child = spawn('sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit', env });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', resolve);
    });
    if (code !== 0)
      throw new PgoptError('usage', `${editor} ended with ${code ?? 'a signal'}`, {
        next: 'the text is unchanged',
      });
    return (await readFile(file, 'utf8')).trimEnd();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @returns The exit code.
 * @throws PgoptError 'not-a-terminal', 'cancelled', or for a bad workload or connection
 */
export async function explore(folder: string | undefined, options: TargetOptions, io: Io): Promise<number> {
  requireTerminal(io);
  const set = options.set ?? [];
  requireKnown(set);
  const lens = await lensOf(options, io);
  const choice = lens === undefined ? await chooseDatabase(options, io) : undefined;
  const timeouts = timeoutsOf(options, choice === undefined);
  const ageLimitMs = ageLimitOf(options, choice === undefined);
  const label = lens === undefined ? targetLabel(choice, options) : lensLabel(lens);
  const trusted = new Set(options.trustFunctions);
  const production = productionWith(io, now);
  const budgetMs = parseBudget(BUDGET);
  const writeCost = options.writeCost === true;
  let target: Target | undefined;
  try {
    return await runExplorer({
      read: () => loadWorkload(folder ?? packageFolder(), io.cwd(), trusted),
      set,
      // The header names the user's workload beside the database.
      targetOf: workload => ({
        label: `${label}${folder === undefined ? '' : ` · ${workload?.title || folder}`}`,
        ...(ageLimitMs === undefined ? {} : { ageLimitMs }),
        asksFirst: choice !== undefined,
        hasFolder: folder !== undefined,
      }),
      // Called again to reconnect, and then restarts an embedded server that has died.
      launch: async (report, signal, confirm, workload) => {
        if (lens !== undefined) return openLensFile(lens, workload, io, report, signal);
        const again = target !== undefined;
        const open = (given: TargetOptions) => openTarget(choice, given, io, report, signal);
        target = target === undefined ? await open(options) : await reopened(target, options, open);
        // Do not ask again after a reconnect.
        if (!target.embedded && options.yes !== true && !again) {
          report({ type: 'startup:step', message: 'looking at the database' });
          await confirm(await preflightReport(target.settings, workload, timeouts, signal, options.role));
        }
        report({ type: 'startup:step', message: 'opening the transaction' });
        // Load pg after the first frame.
        const { openSession } = await import('../session/opening.ts');
        return openSession({
          settings: target.settings,
          workload,
          eager: target.embedded,
          interleave: interleaving(ATTENDED_MS),
          writeCost,
          intended: set,
          role: options.role,
          timeouts,
          now,
          signal,
        });
      },
      proposals: proposing(folder, trusted, io),
      production: async (session, workload, signal, onStep) => {
        const opened = await production(session, { workload, signal, onStep });
        return { session: opened.session, notes: notesOf(opened) };
      },
      change: changing(() => target, io),
      suggestions: suggesting(
        {
          lens,
          target: () => target && { settings: target.settings, timeouts, role: options.role, writeCost },
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

/** Acquires the new lease before it releases the old one: otherwise the last explorer would stop its own server. */
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

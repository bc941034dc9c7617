/** `pgopt-explore suggest`: indexes and views that the program finds for a workload's queries. */
import { resolve } from 'node:path';
import { EXIT, formatError } from '../base/errors.ts';
import { jsonText } from '../base/format.ts';
import { refuseTaken } from '../init/writeFolder.ts';
import { suggestionDocument } from '../report/suggestion/document.ts';
import { suggestionText } from '../report/suggestion/text.ts';
import type { Suggested } from '../suggestion/suggested.ts';
import { loadWorkload } from '../workload/load.ts';
import type { Workload } from '../workload/workload.ts';
import { BUDGET, parseBudget } from './budget.ts';
import type { TargetOptions } from './commands/options.ts';
import type { SuggestCommandOptions } from './commands/suggest.ts';
import { askOnTerminal, lookAhead, timeoutsOf } from './consent.ts';
import { interruptible } from './interruptible.ts';
import type { Io } from './io.ts';
import { lensLabel, lensOf } from './lensFile.ts';
import { notify, print, printJson } from './output.ts';
import { packageFolder, packageVersion } from './packageFile.ts';
import { progressLine } from './progress.ts';
import { searchDatabase, searchLens, writeSuggested } from './suggesting.ts';
import { chooseDatabase, openTarget } from './target.ts';

/**
 * @returns 0 when every query was planned and meets its target with what is recommended, else 1; 2 when a file had an error; 128 + its
 *   number after a signal.
 * @throws PgoptError
 */
export async function suggestCommand(
  folder: string | undefined,
  options: SuggestCommandOptions,
  io: Io,
): Promise<number> {
  const from = folder ?? packageFolder();
  const workload = await loadWorkload(from, io.cwd(), new Set(options.trustFunctions));
  if (workload.problems.length > 0)
    notify(io, workload.problems.map(problem => formatError(problem)).join('\n'));
  const target = options.write === undefined ? undefined : resolve(io.cwd(), options.write);
  if (target !== undefined) await refuseTaken(target, options.write ?? '');
  const budgetMs = parseBudget(options.budget ?? BUDGET);
  const progress = progressLine(io.stderr, workload);
  return interruptible(io, progress, async signal => {
    const { found, label, serverVersion } = await find(
      workload,
      { ...options, budgetMs },
      io,
      progress,
      signal,
    );
    progress.done();
    const document = suggestionDocument(found, {
      program: packageVersion(),
      at: new Date().toISOString(),
      title: workload.title,
      target: { label, serverVersion },
    });
    if (options.json === true) await printJson(io, `${jsonText(document, 2)}\n`);
    else await print(io, suggestionText(document, io.stdout.columns));
    if (target !== undefined) {
      const { suggestions, recommended } = found;
      const kept = suggestions.filter(({ proposal }) => recommended.includes(proposal.id));
      const source = { ...workload, folder: resolve(io.cwd(), from) };
      const files = await writeSuggested(source, kept, target, options.write ?? '');
      notify(io, `wrote ${options.write}: ${files.length} files`);
    }
    if (workload.problems.length > 0) return EXIT.usage;
    const met = found.queries.every(({ meets, scans }) => meets && !scans);
    return met && found.unplanned.length === 0 ? EXIT.ok : EXIT.failure;
  });
}

async function find(
  workload: Workload,
  options: TargetOptions & { readonly budgetMs: number },
  io: Io,
  progress: ReturnType<typeof progressLine>,
  signal: AbortSignal,
): Promise<{
  readonly found: Suggested;
  readonly label: string;
  readonly serverVersion: string | undefined;
}> {
  const { budgetMs, role } = options;
  const searching = { workload, budgetMs, signal, onStep: progress.step };
  const lens = await lensOf(options, io);
  if (lens !== undefined) {
    const found = await searchLens(lens, searching, io, progress.startup);
    return { found, label: lensLabel(lens), serverVersion: lens.source.serverVersion };
  }
  const choice = await chooseDatabase(options, io);
  const timeouts = timeoutsOf(options, choice === undefined);
  const target = await openTarget(choice, options, io, progress.startup, signal);
  try {
    const { settings, embedded, label } = target;
    if (!embedded && options.yes !== true)
      await askOnTerminal(await lookAhead(settings, workload, timeouts, signal, role), io, signal);
    let serverVersion: string | undefined;
    const found = await searchDatabase({ settings, timeouts, role }, searching, io, event => {
      if (event.type === 'session:opened') serverVersion = event.serverVersion;
      progress.session(event);
    });
    return { found, label, serverVersion };
  } finally {
    await target.release();
  }
}

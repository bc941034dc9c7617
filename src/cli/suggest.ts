/** `pgopt-explore suggest`: indexes and views that the program finds for a workload's queries. */
import { resolve } from 'node:path';
import { EXIT, formatError } from '../base/errors.ts';
import { jsonText, plural } from '../base/format.ts';
import { refuseTaken } from '../init/writeFolder.ts';
import { suggestionDocument } from '../report/suggestion/document.ts';
import { suggestionText } from '../report/suggestion/text.ts';
import type { Suggested } from '../suggestion/suggested.ts';
import { loadWorkload } from '../workload/load.ts';
import type { Workload } from '../workload/workload.ts';
import { BUDGET, parseBudget } from './budget.ts';
import type { SuggestCommandOptions } from './commands/suggest.ts';
import { askOnTerminal, preflightReport, timeoutsOf } from './consent.ts';
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
      notify(io, `wrote ${options.write}: ${plural(files.length, 'file')}`);
    }
    if (workload.problems.length > 0) return EXIT.usage;
    const met = found.queries.every(
      ({ meets, scans, risky, failure }) => meets && !scans && !risky && failure === undefined,
    );
    return met && found.unplanned.length === 0 ? EXIT.ok : EXIT.failure;
  });
}

async function find(
  workload: Workload,
  options: Omit<SuggestCommandOptions, 'budget'> & { readonly budgetMs: number },
  io: Io,
  progress: ReturnType<typeof progressLine>,
  signal: AbortSignal,
): Promise<{
  readonly found: Suggested;
  readonly label: string;
  readonly serverVersion: string | undefined;
}> {
  const { budgetMs, role, prefer = 'fresh' } = options;
  const searching = { workload, budgetMs, signal, onStep: progress.step, preference: prefer };
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
      await askOnTerminal(await preflightReport(settings, workload, timeouts, signal, role), io, signal);
    let serverVersion: string | undefined;
    let soFar: Suggested | undefined;
    const onFound = (one: Suggested) => {
      soFar = one;
    };
    const opening = { settings, timeouts, role, writeCost: options.writeCost === true };
    const search = searchDatabase(opening, { ...searching, onFound }, io, event => {
      if (event.type === 'session:opened') serverVersion = event.serverVersion;
      progress.session(event);
    });
    const found = await Promise.race([search, afterSignal(signal, () => soFar)]);
    return { found, label, serverVersion };
  } finally {
    await target.release();
  }
}

/** ms. What a search has after a signal to close its sessions and give its answer; then the one before has to do. */
const GRACE_MS = 700;

/** Never resolves without a signal, or where nothing was found before it. */
const afterSignal = (signal: AbortSignal, soFar: () => Suggested | undefined): Promise<Suggested> =>
  new Promise(resolve => {
    const give = () => {
      const found = soFar();
      if (found !== undefined) resolve(found);
    };
    signal.addEventListener('abort', () => setTimeout(give, GRACE_MS).unref(), { once: true });
  });

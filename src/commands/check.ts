/** `pgopt-explore check`: the explorer's session without a screen. */
import { interleaving, UNATTENDED_MS } from '../advisor/interleave.ts';
import { EXIT, formatError, PgoptError } from '../errors.ts';
import { jsonText } from '../format/index.ts';
import { packageFolder, packageVersion } from '../package.ts';
import { compareWithBaseline } from '../report/baseline/compare.ts';
import { checkDocument } from '../report/document.ts';
import { failuresOf } from '../report/failures.ts';
import { collect, NO_RESULTS, type Results } from '../report/results.ts';
import { checkTable } from '../report/table.ts';
import type { Io } from '../run.ts';
import { type ExplorerSession, problemsOf, type SessionEvent } from '../session/events.ts';
import { requireKnown } from '../session/openingSettings.ts';
import { loadWorkload } from '../workload/load.ts';
import { lastOfEach } from '../workload/plannerSettings.ts';
import type { Workload } from '../workload/types.ts';
import { askedSizes } from './askedSizes.ts';
import { lookAtProduction } from './atProduction.ts';
import { openBaseline, tellComparison } from './baseline.ts';
import { chooseDatabase } from './choice.ts';
import { timeoutsOf } from './consent.ts';
import { headless } from './headless.ts';
import { lensOf } from './lensFile.ts';
import { progressLine } from './progress.ts';
import { tellRefusals } from './refusals.ts';
import { selectProposals } from './selection.ts';
import type { SizesOptions } from './sizes.ts';
import { askUnused } from './unused.ts';
import { print, printJson, tell } from './write.ts';

export interface CheckOptions extends SizesOptions {
  readonly only?: readonly string[];
  readonly without?: readonly string[];
  readonly json?: boolean;
  /** A file with an earlier `check --json`. */
  readonly baseline?: string;
  readonly writeCost?: boolean;
}

/**
 * Errors in the workload's files come first; the sound rest is measured all the same.
 * @returns 0 when every query was planned, every build succeeded, no rewrite returns something else, no requirement fails after (but for those
 *   that failed in the baseline) and nothing got worse than the baseline, else 1; 2 when a file had an error, whatever the rest gave; 128 + its number after a signal.
 * @throws PgoptError
 */
export async function check(folder: string | undefined, options: CheckOptions, io: Io): Promise<number> {
  const workload = await loadWorkload(folder ?? packageFolder(), io.cwd(), new Set(options.trustFunctions));
  if (workload.problems.length > 0)
    tell(io, workload.problems.map(problem => formatError(problem)).join('\n'));
  const baseline =
    options.baseline === undefined ? undefined : await openBaseline(options.baseline, workload, io.cwd());
  const set = lastOfEach(options.set ?? []);
  requireKnown(set);
  const on = selectProposals(workload, options.only, options.without);
  const lens = await lensOf(options, io);
  const choice = lens === undefined ? await chooseDatabase(options, io) : undefined;
  const timeouts = timeoutsOf(options, choice === undefined);
  const progress = progressLine(io.stderr, workload);
  const asked = await askedSizes(options, choice, workload, io, { timeouts, progress });
  return headless(
    {
      lens,
      choice,
      options: asked.options,
      workload,
      timeouts,
      progress,
      session: {
        writeCost: options.writeCost === true,
        planner: set,
        interleave: interleaving(UNATTENDED_MS),
      },
      ahead: asked.ahead,
    },
    io,
    async (session, _target, signal) => {
      tellRefusals(session, io);
      const settled = await settle(session, workload, on, signal, progress.session);
      progress.step('asking why indexes are not used');
      const unused = await askUnused(session, workload, on, settled(), signal);
      const sizes = asked.known(signal);
      const production =
        sizes &&
        (await lookAtProduction(session, { ...sizes, build: on, workload, timeouts, progress, signal }, io));
      return { settled, unused, production };
    },
    async ({ settled, unused, production }, target) => {
      const results = { ...settled(), unused };
      const at = new Date().toISOString();
      const document = checkDocument(
        workload,
        results,
        on,
        target,
        { program: packageVersion(), at },
        production,
      );
      const comparison = baseline && compareWithBaseline(options.baseline ?? '', baseline, document);
      const failures = failuresOf(
        document,
        comparison?.stillFailing.map(({ id }) => id),
      );
      const table = options.json === true ? undefined : checkTable(document);
      if (table === undefined) await printJson(io, `${jsonText({ ...document, comparison }, 2)}\n`);
      if (comparison !== undefined) await tellComparison(comparison, { table, failures }, workload, io);
      else if (table !== undefined) await print(io, table);
      if (problemsOf(workload, results.opened).length > 0) return EXIT.usage;
      return failures.length === 0 && comparison?.worse !== true ? EXIT.ok : EXIT.failure;
    },
  );
}

/**
 * Wishes for the configuration and waits until the session has nothing left to find out.
 * @returns What is known: more once the session is closed, when it has looked at what the roll-back left.
 */
function settle(
  session: ExplorerSession,
  workload: Workload,
  on: readonly string[],
  signal: AbortSignal,
  report: (event: SessionEvent) => void,
): Promise<() => Results> {
  return new Promise((resolve, reject) => {
    let results = NO_RESULTS;
    const cancelled = () => reject(new PgoptError('cancelled', 'interrupted'));
    signal.addEventListener('abort', cancelled, { once: true });
    if (signal.aborted) cancelled();
    session.subscribe(event => {
      results = collect(results, event);
      report(event);
      // What the requirements say of schema and transaction is looked up last; of the transaction again after the roll-back.
      if (event.type === 'session:idle') session.verify();
      if (event.type === 'session:verified') resolve(() => results);
      if (event.type === 'session:lost')
        reject(new PgoptError('connection-lost', `connection lost (${event.reason})`));
    });
    session.wish({ revision: 1, proposals: on, queryId: workload.queries[0]?.id ?? '' });
  });
}

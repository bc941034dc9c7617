/** `pgopt-explore check`: measures the baseline and the chosen proposals without a screen. */
import { interleaving, UNATTENDED_MS } from '../advisor/interleave.ts';
import type { AtProduction } from '../advisor/projected.ts';
import { EXIT, formatError, PgoptError } from '../base/errors.ts';
import { jsonText } from '../base/format.ts';
import { rehearseAll } from '../production/rehearsePlan.ts';
import { compareWithBaseline } from '../report/baseline/compare.ts';
import { checkDocument, shownPlan } from '../report/document.ts';
import { failuresOf } from '../report/failures.ts';
import { checkPage } from '../report/html/checkPage.ts';
import { collect, NO_RESULTS, type Results, type UnusedResult } from '../report/results.ts';
import { checkTable } from '../report/table.ts';
import { configurationKey } from '../session/configuration.ts';
import {
  type ExplorerSession,
  eventsOf,
  measurementKey,
  openedBy,
  problemsOf,
  type SessionEvent,
} from '../session/events.ts';
import { requireKnown } from '../session/settingFacts.ts';
import type { Race } from '../session/whyUnused.ts';
import { loadWorkload } from '../workload/load.ts';
import { lastOfEach } from '../workload/plannerSettings.ts';
import { factsOf } from '../workload/proposalKinds.ts';
import type { Workload } from '../workload/workload.ts';
import { openBaseline, printComparison } from './baseline.ts';
import type { CheckOptions } from './commands/check.ts';
import { timeoutsOf } from './consent.ts';
import { headless } from './headless.ts';
import { refuseTakenFile, writePage } from './htmlFile.ts';
import type { Io } from './io.ts';
import { lensOf } from './lensFile.ts';
import { notify, print, printJson } from './output.ts';
import { packageFolder, packageVersion } from './packageFile.ts';
import { progressLine } from './progress.ts';
import { askedSizes } from './samples.ts';
import { printRefusals, selectProposals } from './selection.ts';
import { openStages, type StagesOptions } from './stages.ts';
import { chooseDatabase } from './target.ts';

/**
 * Rehearses production's plans at every size, under the baseline and the chosen configuration.
 * @param largest The session in which everything else was measured.
 * @throws PgoptError
 */
async function lookAtProduction(
  largest: ExplorerSession,
  options: StagesOptions,
  io: Io,
): Promise<AtProduction> {
  const { workload, build: on, progress, signal } = options;
  const opened = await openStages(largest, options, io);
  try {
    const { stages, lens, production, remarks } = opened;
    const answers = await rehearseAll({
      workload,
      on,
      lens: lens.session,
      production,
      stages,
      signal,
      onStep: (query, { size }) =>
        progress.step(`query ${query.number}: rehearsing production's plan at ${size.label}`),
    });
    if (answers === undefined) throw opened.whyEnded();
    return {
      ...answers,
      ...facts(lens.session, on),
      sizes: stages.map(({ size }) => size.label),
      remarks,
    };
  } finally {
    await opened.close();
  }
}

/** The lens's facts, from the events that it emits to a new listener. */
function facts(
  session: ExplorerSession,
  on: readonly string[],
): Pick<AtProduction, 'tables' | 'serverVersion' | 'objects'> {
  const opened = openedBy(session);
  const objects = new Map(
    eventsOf(session).flatMap(event =>
      event.type === 'build:finished' && on.includes(event.proposalId)
        ? [[event.proposalId, event.built.objects] as const]
        : [],
    ),
  );
  return { tables: opened?.tables ?? [], serverVersion: opened?.serverVersion, objects };
}

/** Time for all runs of refused plans, ms. */
const RACES_MS = 30_000;
/** Refused plans run only if the chosen plan is faster than this, ms. */
const SLOW_MS = 5_000;
/** A refused plan may run this many times the chosen plan's time, but at least LEAST_MS. */
const PATIENCE = 5;
const LEAST_MS = 500;

/**
 * Asks the session why queries do not use the proposed indexes that are on.
 * @returns One for each such index and each query that does not search it.
 * @throws PgoptError 'cancelled', 'connection-lost'
 */
export async function askUnused(
  session: ExplorerSession,
  { queries, proposals, budgets }: Workload,
  on: readonly string[],
  results: Results,
  signal: AbortSignal,
): Promise<readonly UnusedResult[]> {
  if (results.opened?.lens !== undefined) return [];
  const found: UnusedResult[] = [];
  const indexes = proposals.filter(
    one =>
      factsOf(one).addsIndexes && on.includes(one.id) && results.proposals.get(one.id)?.state === 'built',
  );
  let leftMs = RACES_MS;
  for (const { id: proposalId } of indexes) {
    for (const { id: queryId } of queries) {
      const plan = results.estimates.get(configurationKey(on))?.get(queryId)?.plan;
      if (plan === undefined) continue;
      const measured = results.measurements.get(measurementKey(queryId, plan.fingerprint))?.measurement;
      const chosenMs = measured?.medianMs;
      const limitMs = Math.min(budgets.timeoutMs, Math.max(LEAST_MS, PATIENCE * (chosenMs ?? 0)));
      const race: Race | undefined =
        chosenMs === undefined || chosenMs > SLOW_MS || limitMs > leftMs ? undefined : { chosenMs, limitMs };
      const answer = await session.background(
        { kind: 'whyUnused', queryId, proposalId, proposals: on, race },
        signal,
      );
      if (answer.kind === 'ended')
        throw signal.aborted
          ? new PgoptError('cancelled', 'interrupted')
          : new PgoptError('connection-lost', 'connection lost');
      if (answer.kind === 'failed')
        found.push({ proposalId, queryId, unused: undefined, failure: answer.reason });
      if (answer.kind !== 'explained' || answer.unused === undefined) continue;
      const { forced } = answer.unused;
      leftMs -= forced?.stoppedAfterMs ?? forced?.runsMs.reduce((sum, ms) => sum + ms, 0) ?? 0;
      found.push({ proposalId, queryId, unused: answer.unused, failure: undefined });
    }
  }
  return found;
}

/**
 * Reports errors in the workload's files first and measures the valid rest.
 * @returns 0 if every query was planned, every build succeeded, no rewrite returns other rows, no requirement fails
 *   after (except those that failed in the baseline file) and nothing is worse than there, otherwise 1; 2 if a file has
 *   an error; 128 + n after signal n.
 * @throws PgoptError
 */
export async function check(folder: string | undefined, options: CheckOptions, io: Io): Promise<number> {
  const workload = await loadWorkload(folder ?? packageFolder(), io.cwd(), new Set(options.trustFunctions));
  if (workload.problems.length > 0)
    notify(io, workload.problems.map(problem => formatError(problem)).join('\n'));
  const baseline =
    options.baseline === undefined ? undefined : await openBaseline(options.baseline, workload, io.cwd());
  if (options.html !== undefined) await refuseTakenFile(options.html, io);
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
      preflight: asked.preflight,
    },
    io,
    async (session, _target, signal) => {
      printRefusals(session, io);
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
      if (comparison !== undefined) await printComparison(comparison, { table, failures }, workload, io);
      else if (table !== undefined) await print(io, table);
      if (options.html !== undefined) {
        const planOf = (id: string, side: 'before' | 'after') =>
          shownPlan(results, id, side === 'before' ? [] : on);
        const page = checkPage({ document, workload, planOf, comparison, failures });
        await writePage(options.html, page, io, options.json === true ? io.stderr : io.stdout);
      }
      if (problemsOf(workload, results.opened).length > 0) return EXIT.usage;
      return failures.length === 0 && comparison?.worse !== true ? EXIT.ok : EXIT.failure;
    },
  );
}

/**
 * Requests the configuration and waits until the session has nothing left to do.
 * @returns The results, which gain the check after the rollback when the session closes.
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
      // Check schema and transaction when everything else is done; close() checks the transaction again.
      if (event.type === 'session:idle') session.verify();
      if (event.type === 'session:verified') resolve(() => results);
      if (event.type === 'session:lost')
        reject(new PgoptError('connection-lost', `connection lost (${event.reason})`));
    });
    // The query in view runs first. A query that writes would leave row versions that the others have to skip.
    const first = workload.queries.find(({ writes }) => writes === undefined) ?? workload.queries[0];
    session.setDesired({ revision: 1, proposals: on, queryId: first?.id ?? '' });
  });
}

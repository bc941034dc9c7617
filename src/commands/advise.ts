/** `pgopt-explore advise`: every configuration looked at, and which of them to ship. */
import { gapOf } from '../advisor/search.ts';
import { costsOf, everything, idsOf, type Survey } from '../advisor/survey.ts';
import { EXIT, formatError, PgoptError } from '../errors.ts';
import { packageFolder } from '../package.ts';
import type { Io, TargetOptions } from '../run.ts';
import type { ExplorerSession, TableFact } from '../session/events.ts';
import { type SurveyProgress, startSurvey } from '../survey/run.ts';
import { loadWorkload } from '../workload/load.ts';
import type { Workload } from '../workload/types.ts';
import { parseDuration } from '../workload/units.ts';
import { chooseDatabase } from './choice.ts';
import { timeoutsOf } from './consent.ts';
import { headless } from './headless.ts';
import { progressLine } from './progress.ts';
import { now } from './target.ts';
import { write } from './write.ts';
import { refuseTakenFolder } from './writeChange.ts';

export interface AdviseOptions extends TargetOptions {
  readonly json?: boolean;
  readonly verify?: boolean;
  /** As written. */
  readonly budget?: string;
  /** Percent. */
  readonly within?: number;
  /** The folder of the change. */
  readonly write?: string;
  readonly keep?: readonly string[];
}

export const BUDGET = '5min';

/**
 * @returns 0 when every proposal was built, every query planned, and no rewrite returns something else, else 1; 2 when a file had an
 *   error; 128 + its number after a signal.
 * @throws PgoptError
 */
export async function advise(folder: string | undefined, options: AdviseOptions, io: Io): Promise<number> {
  const workload = await loadWorkload(folder ?? packageFolder(), io.cwd());
  if (workload.problems.length > 0)
    io.stderr.write(`${workload.problems.map(problem => formatError(problem)).join('\n')}\n`);
  if (options.write !== undefined) await refuseTakenFolder(options.write, io);
  const budgetMs = parseDuration(options.budget ?? BUDGET);
  if (budgetMs === undefined)
    throw new PgoptError('usage', `--budget must be a duration, not ${options.budget}`, {
      next: 'write it like `5min` or `90 s`',
    });
  const choice = await chooseDatabase(options, io);
  const timeouts = timeoutsOf(options, choice === undefined);
  const progress = progressLine(io.stderr, workload);
  const surveyOptions = { verify: options.verify === true, budgetMs, plansOnly: false };
  return headless(
    {
      choice,
      options,
      workload,
      timeouts,
      progress,
      session: { writeCost: options.writeCost === true },
    },
    io,
    (session, _target, signal) => look(session, workload, surveyOptions, progress.survey, signal),
    async survey => {
      await write(io.stdout, options.json === true ? `${JSON.stringify(survey.effort)}\n` : draft(survey));
      if (workload.problems.length > 0) return EXIT.usage;
      return succeeded(survey) ? EXIT.ok : EXIT.failure;
    },
  );
}

/** @throws PgoptError 'cancelled' or 'connection-lost' */
function look(
  session: ExplorerSession,
  workload: Workload,
  options: Parameters<typeof startSurvey>[3],
  report: (progress: SurveyProgress) => void,
  signal: AbortSignal,
): Promise<Survey> {
  return new Promise((resolve, reject) => {
    let tables: readonly TableFact[] = [];
    session.subscribe(event => {
      if (event.type === 'session:opened') ({ tables } = event);
      if (event.type === 'session:lost')
        reject(new PgoptError('connection-lost', `connection lost (${event.reason})`));
    });
    const running = startSurvey(session, workload, tables, options, report, now);
    const cancelled = () => {
      running.stop();
      reject(new PgoptError('cancelled', 'interrupted'));
    };
    signal.addEventListener('abort', cancelled, { once: true });
    if (signal.aborted) cancelled();
    running.ended.then(({ survey }) => resolve(survey), reject);
  });
}

function succeeded({ leftOut, queries, answers }: Survey): boolean {
  return (
    leftOut.length === 0 &&
    queries.every(({ failure }) => failure === undefined) &&
    [...answers.values()].every(({ verdict }) => verdict !== 'different')
  );
}

function draft(survey: Survey): string {
  const { effort } = survey;
  const lines = survey.queries.map(
    query =>
      `${query.number} ${query.title}: ${query.plans
        .map(plan => `${plan.runsMs.length}×[${plan.runsMs.map(ms => ms.toFixed(1)).join(' ')}]`)
        .join(' | ')}`,
  );
  const best = survey.configurations
    .map(configuration => ({ configuration, costs: costsOf(survey, configuration) }))
    .sort((a, b) => (a.costs.totalMs ?? 0) - (b.costs.totalMs ?? 0))[0];
  return `${JSON.stringify(effort)}\n${lines.join('\n')}\n${best === undefined ? '' : `${idsOf(survey, best.configuration)} ${JSON.stringify(best.costs)} gap ${gapOf(survey, best.configuration)}`}\nall: ${JSON.stringify(costsOf(survey, everything(survey)))}\n`;
}

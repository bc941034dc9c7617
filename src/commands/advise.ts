/** `pgopt-explore advise`: every configuration looked at, and which of them to ship. */
import type { Mask } from '../advisor/masks.ts';
import { surveyRequirements } from '../advisor/requirements/ofSurvey.ts';
import { maskOf, type Survey } from '../advisor/survey.ts';
import { EXIT, formatError, PgoptError } from '../errors.ts';
import { jsonText } from '../format/index.ts';
import { packageFolder, packageVersion } from '../package.ts';
import { type AdviceDocument, adviceDocument } from '../report/advice/document.ts';
import { adviceText } from '../report/advice/text.ts';
import type { Io } from '../run.ts';
import { type ExplorerSession, problemsOf, type SessionEvent } from '../session/events.ts';
import { type SurveyProgress, startSurvey } from '../survey/run.ts';
import { loadWorkload } from '../workload/load.ts';
import type { Workload } from '../workload/types.ts';
import { parseDuration } from '../workload/units.ts';
import { adviseAhead } from './adviseAhead.ts';
import { askedSizes } from './askedSizes.ts';
import { BUDGET, REHEARSING } from './budget.ts';
import { chooseDatabase } from './choice.ts';
import { timeoutsOf } from './consent.ts';
import { headless } from './headless.ts';
import { progressLine } from './progress.ts';
import { tellRefusals } from './refusals.ts';
import { selectProposals } from './selection.ts';
import type { SizesOptions } from './sizes.ts';
import { type Surveyed, surveyedChange } from './surveyedChange.ts';
import { now, type Target } from './target.ts';
import { print, tell } from './write.ts';
import { changeFiles, readChangeFacts, refuseTakenFolder, writeChange } from './writeChange.ts';

export interface AdviseOptions extends SizesOptions {
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

/**
 * @returns 0 when every proposal was built, every query planned, no rewrite returns something else, and no plan was inferred wrongly, else 1; 2 when a file had an
 *   error; 128 + its number after a signal.
 * @throws PgoptError
 */
export async function advise(folder: string | undefined, options: AdviseOptions, io: Io): Promise<number> {
  const workload = await loadWorkload(folder ?? packageFolder(), io.cwd(), new Set(options.trustFunctions));
  if (workload.problems.length > 0)
    tell(io, workload.problems.map(problem => formatError(problem)).join('\n'));
  if (options.keep !== undefined) selectProposals(workload, options.keep, undefined);
  if (options.write !== undefined) await refuseTakenFolder(options.write, io);
  const budgetMs = parseDuration(options.budget ?? BUDGET);
  const aheadMs = parseDuration(options.budget ?? REHEARSING);
  if (budgetMs === undefined || aheadMs === undefined)
    throw new PgoptError('usage', `--budget must be a duration, not ${options.budget}`, {
      next: 'write it like `5min` or `90 s`',
    });
  const choice = await chooseDatabase(options, io);
  const timeouts = timeoutsOf(options, choice === undefined);
  const progress = progressLine(io.stderr, workload);
  const asked = await askedSizes(options, choice, workload, io, { timeouts, progress });
  const surveyOptions = { verify: options.verify === true, budgetMs, plansOnly: false };
  return headless(
    {
      choice,
      options: asked.options,
      workload,
      timeouts,
      progress,
      session: { writeCost: options.writeCost === true },
      ahead: asked.ahead,
    },
    io,
    async (session, { label }, signal) => {
      tellRefusals(session, io);
      const looked = await look(session, workload, surveyOptions, progress.survey, signal);
      const sizes = asked.known(signal) ?? (options.production === true ? { smaller: [], label } : undefined);
      if (sizes === undefined) return { ...looked, ahead: undefined };
      const { verify } = surveyOptions;
      const here = looked.survey;
      const ahead = await adviseAhead(
        session,
        { ...sizes, here, verify, budgetMs: aheadMs, workload, timeouts, progress, signal },
        io,
      );
      return { ...looked, ahead };
    },
    async ({ survey, opened, ahead }, target, signal) => {
      const { tables, serverVersion } = opened;
      const requirements = surveyRequirements(workload, survey, tables, serverVersion);
      const within = (options.within ?? 5) / 100;
      const document = adviceDocument(
        survey,
        requirements.demands,
        {
          program: packageVersion(),
          at: new Date().toISOString(),
          title: workload.title,
          target: {
            label: target.label,
            serverVersion,
            user: opened.user,
            role: opened.role,
            rowSecurityBypassed: opened.rowSecurityBypassed,
          },
        },
        { within, ahead },
      );
      const change =
        options.write === undefined
          ? undefined
          : await changeOf(
              options.write,
              {
                workload,
                survey,
                kept: keptOf(options.keep, survey, document),
                ahead,
                asked: askedFor(options),
              },
              opened,
              target,
              signal,
            );
      await print(
        io,
        options.json === true ? `${jsonText(document, 2)}\n` : adviceText(document, io.stdout.columns ?? 100),
      );
      if (change !== undefined)
        await writeChange(change.folder, change.files, io, options.json === true ? io.stderr : io.stdout);
      if (problemsOf(workload, opened).length > 0) return EXIT.usage;
      return succeeded(survey) ? EXIT.ok : EXIT.failure;
    },
  );
}

type Opened = Extract<SessionEvent, { type: 'session:opened' }>;

/** What was named; else what is recommended, where anything is known of production: there. */
function keptOf(
  named: readonly string[] | undefined,
  survey: Survey,
  { recommended, atProduction }: AdviceDocument,
): Mask | undefined {
  const ids = named ?? (atProduction?.recommended ?? recommended)?.proposals;
  return ids === undefined ? undefined : maskOf(survey, ids);
}

/** For whoever wants the same figures again. */
function askedFor({ production, scales, sample }: AdviseOptions): string | undefined {
  if (scales !== undefined) return `--scales ${scales.join(',')}`;
  if (sample !== undefined) return `--url … ${sample.map(() => '--sample …').join(' ')}`;
  return production === true ? '--production' : undefined;
}

/** What is to be written of the set that is kept. */
async function changeOf(
  folder: string,
  {
    kept,
    ...known
  }: Pick<Surveyed, 'workload' | 'survey' | 'ahead' | 'asked'> & { readonly kept: Mask | undefined },
  { tables, serverVersion }: Opened,
  target: Target,
  signal: AbortSignal,
) {
  if (kept === undefined)
    throw new PgoptError(
      'nothing-to-keep',
      'no configuration can be recommended: not all of it was measured',
      {
        next: 'give --keep with the names of what is to be kept',
      },
    );
  const change = surveyedChange({ ...known, kept, tables, serverVersion }, target);
  return { folder, files: await changeFiles(change, await readChangeFacts(target.settings, change, signal)) };
}

/** @throws PgoptError 'cancelled' or 'connection-lost' */
function look(
  session: ExplorerSession,
  workload: Workload,
  options: Parameters<typeof startSurvey>[3],
  report: (progress: SurveyProgress) => void,
  signal: AbortSignal,
): Promise<{ readonly survey: Survey; readonly opened: Opened }> {
  return new Promise((resolve, reject) => {
    let opened: Opened | undefined;
    session.subscribe(event => {
      if (event.type === 'session:opened') opened = event;
      if (event.type === 'session:lost')
        reject(new PgoptError('connection-lost', `connection lost (${event.reason})`));
    });
    // The first event, told while subscribing.
    if (opened === undefined) throw new Error('no session:opened');
    const known = opened;
    const running = startSurvey(session, workload, known.tables, options, report, now);
    const cancelled = () => {
      running.stop();
      reject(new PgoptError('cancelled', 'interrupted'));
    };
    signal.addEventListener('abort', cancelled, { once: true });
    if (signal.aborted) cancelled();
    running.ended.then(({ survey }) => resolve({ survey, opened: known }), reject);
  });
}

function succeeded({ leftOut, queries, answers, effort }: Survey): boolean {
  return (
    leftOut.length === 0 &&
    effort.disagreed === 0 &&
    queries.every(({ failure }) => failure === undefined) &&
    [...answers.values()].every(({ verdict }) => verdict !== 'different')
  );
}

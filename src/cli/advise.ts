/** `pgopt-explore advise`: examines every configuration, and says which proposals to keep. */
import { PLANS_ONLY, type SurveyOptions } from '../advisor/machine.ts';
import type { Mask } from '../advisor/masks.ts';
import { requirementsAtProduction } from '../advisor/requirements/atProduction.ts';
import { surveyRequirements } from '../advisor/requirements/ofSurvey.ts';
import { allProposals, maskOf, plannedAtProduction, type Survey } from '../advisor/survey.ts';
import { EXIT, formatError, PgoptError } from '../base/errors.ts';
import { jsonText } from '../base/format.ts';
import { surveyAtProduction } from '../production/survey.ts';
import type { ProductionSurvey } from '../report/advice/atProduction.ts';
import { type AdviceDocument, adviceDocument } from '../report/advice/document.ts';
import { adviceScreen } from '../report/advice/screenText.ts';
import { adviceText } from '../report/advice/text.ts';
import { type ExplorerSession, openedBy, problemsOf, type SessionEvent } from '../session/events.ts';
import { type SurveyProgress, startSurvey } from '../survey/runSurvey.ts';
import { loadWorkload } from '../workload/load.ts';
import type { Workload } from '../workload/workload.ts';
import { BUDGET, parseBudget, REHEARSING } from './budget.ts';
import type { AdviseOptions } from './commands/advise.ts';
import { timeoutsOf } from './consent.ts';
import { headless, type Worked } from './headless.ts';
import { refuseTakenFile, writePage } from './htmlFile.ts';
import type { Io } from './io.ts';
import { lensOf } from './lensFile.ts';
import { notify, print, printJson } from './output.ts';
import { packageFolder, packageVersion } from './packageFile.ts';
import { progressLine } from './progress.ts';
import { askedSizes } from './samples.ts';
import { printRefusals, selectProposals } from './selection.ts';
import { endOf, openStages, type StagesOptions } from './stages.ts';
import { chooseDatabase, now } from './target.ts';
import {
  changeFiles,
  pageOf,
  readChangeFacts,
  refuseTakenFolder,
  type Surveyed,
  surveyedChange,
  writeChange,
} from './writtenMigration.ts';

interface ProductionOptions extends Omit<StagesOptions, 'build'> {
  /** The survey of the largest session: its builds and its comparisons of rewrites. */
  readonly here: Survey;
  readonly verify: boolean;
  /** No rehearsal starts after this time, ms. */
  readonly budgetMs: number;
}

/**
 * The advice for production; without smaller sizes from plans and bytes only.
 * @throws PgoptError
 */
async function adviseProduction(
  largest: ExplorerSession,
  { here, verify, budgetMs, ...options }: ProductionOptions,
  io: Io,
): Promise<ProductionSurvey> {
  const { workload, progress, signal, smaller } = options;
  const build = here.proposals.map(({ id }) => id);
  const opened = await openStages(largest, { ...options, build }, io);
  try {
    const { lens, production, remarks } = opened;
    const stages = smaller.length === 0 ? [] : opened.stages;
    const plansOnly = { ...PLANS_ONLY, verify, isRehearsed: stages.length > 0 };
    const { survey: planned, opened: facts } = await surveyIn(
      lens.session,
      workload,
      plansOnly,
      progress.survey,
      signal,
    );
    const found = await surveyAtProduction(
      { ...planned, answers: here.answers },
      {
        workload,
        production,
        stages,
        budgetMs,
        now,
        signal,
        onStep: (query, { size }, at, of) =>
          progress.step(
            `query ${query.number}: rehearsing production's plan ${at} of ${of} at ${size.label}`,
          ),
      },
    );
    if (found === undefined) throw opened.whyEnded();
    return {
      ...found,
      requirements: requirementsAtProduction(workload, found.survey, facts.tables, facts.serverVersion)
        .demands,
      sizes: stages.map(({ size }) => size.label),
      remarks,
    };
  } finally {
    await opened.close();
  }
}

/**
 * @returns 0 if every proposal was built, every query planned, no rewrite returns other rows, and no plan was
 *   inferred wrongly, otherwise 1; 2 if a file has an error; 128 + n after signal n.
 * @throws PgoptError
 */
export async function advise(folder: string | undefined, options: AdviseOptions, io: Io): Promise<number> {
  const workload = await loadWorkload(folder ?? packageFolder(), io.cwd(), new Set(options.trustFunctions));
  if (workload.problems.length > 0)
    notify(io, workload.problems.map(problem => formatError(problem)).join('\n'));
  if (options.keep !== undefined) selectProposals(workload, options.keep, undefined);
  if (options.write !== undefined) await refuseTakenFolder(options.write, io);
  if (options.html !== undefined) await refuseTakenFile(options.html, io);
  const lens = await lensOf(options, io);
  if (lens !== undefined && options.write !== undefined)
    throw new PgoptError('usage', '--write needs a database, because it reads the catalogs', {
      next: 'leave --lens or --write out',
    });
  const { budgetMs, rehearsingMs } = budgetsOf(options);
  const isMeasured = budgetMs > 0;
  const choice = lens === undefined ? await chooseDatabase(options, io) : undefined;
  const timeouts = timeoutsOf(options, choice === undefined);
  const progress = progressLine(io.stderr, workload);
  const asked = await askedSizes(options, choice, workload, io, { timeouts, progress });
  const verify = options.verify === true;
  const surveyOptions = isMeasured ? { verify, budgetMs, plansOnly: false } : { ...PLANS_ONLY, verify };
  return headless(
    {
      lens,
      choice,
      options: asked.options,
      workload,
      timeouts,
      progress,
      session: { writeCost: options.writeCost === true },
      preflight: asked.preflight,
    },
    io,
    async (session, { label }, signal) => {
      printRefusals(session, io);
      const looked = await surveyIn(session, workload, surveyOptions, progress.survey, signal);
      if (lens !== undefined) return { ...looked, production: ofLens(workload, looked) };
      const sizes = asked.known(signal) ?? (options.production === true ? { smaller: [], label } : undefined);
      if (sizes === undefined) return { ...looked, production: undefined };
      const here = looked.survey;
      const more = { here, verify, budgetMs: rehearsingMs, workload, timeouts, progress, signal };
      return { ...looked, production: await adviseProduction(session, { ...sizes, ...more }, io) };
    },
    async ({ survey, opened, production }, target, signal) => {
      const { tables, serverVersion } = opened;
      const requirements = surveyRequirements(workload, survey, tables, serverVersion);
      const within = (options.within ?? 5) / 100;
      const output = options.json === true ? io.stderr : io.stdout;
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
            ...(lens === undefined ? { user: opened.user } : {}),
            role: opened.role,
            rowSecurityBypassed: opened.rowSecurityBypassed,
            lens: opened.lens,
          },
          measured: isMeasured,
        },
        { within, production },
      );
      const kept = keptOf(options.keep, survey, document);
      const { atProduction } = document;
      const known = {
        ...{ workload, survey, production, advice: document, asked: askedFor(options) },
        ...{ tables, serverVersion, atProduction: atProduction ?? undefined },
      };
      const change =
        options.write === undefined
          ? undefined
          : await changeOf(options.write, { ...known, kept }, target, signal);
      if (options.json === true) await printJson(io, `${jsonText(document, 2)}\n`);
      else {
        const text = options.verbose === true ? adviceText : adviceScreen;
        await print(io, text(document, io.stdout.columns ?? 100));
      }
      if (change !== undefined) await writeChange(change.folder, change.files, io, output);
      if (options.html !== undefined) {
        // Without a recommendation the page compares the baseline with all proposals.
        const shown = surveyedChange({ ...known, kept: kept ?? allProposals(survey) }, target);
        await writePage(options.html, pageOf(shown), io, output);
      }
      if (problemsOf(workload, opened).length > 0) return EXIT.usage;
      return succeeded(survey) ? EXIT.ok : EXIT.failure;
    },
  );
}

type Opened = Extract<SessionEvent, { type: 'session:opened' }>;

/**
 * Time for measuring and for rehearsing production's plans, ms; 0: none. Plans and bytes of production need no run.
 * @throws PgoptError 'usage'
 */
function budgetsOf({ budget, production, lens, scales, sample }: AdviseOptions): {
  readonly budgetMs: number;
  readonly rehearsingMs: number;
} {
  const plansOnly = (production === true || lens !== undefined) && (scales ?? sample) === undefined;
  const read = (text: string) => parseBudget(text, '0 runs nothing');
  const budgetMs = read(budget ?? (plansOnly ? '0' : BUDGET));
  const rehearsingMs = read(budget ?? REHEARSING);
  if (lens !== undefined && budgetMs > 0)
    throw new PgoptError('usage', '--budget does not apply to a lens, in which nothing runs');
  return { budgetMs, rehearsingMs };
}

/** A lens file is production already, so its survey is the advice for production. */
function ofLens(
  workload: Workload,
  { survey: planned, opened }: { readonly survey: Survey; readonly opened: Opened },
): ProductionSurvey {
  const survey = plannedAtProduction(planned);
  return {
    survey,
    requirements: requirementsAtProduction(workload, survey, opened.tables, opened.serverVersion).demands,
    sizes: [],
    sides: new Map(),
    remarks: (opened.lens?.hidden ?? []).map(({ what, why }) => `${what}: ${why}`),
  };
}

/** The named proposals, otherwise the recommended ones: for production if known. */
function keptOf(
  named: readonly string[] | undefined,
  survey: Survey,
  { recommended, atProduction }: AdviceDocument,
): Mask | undefined {
  const ids = named ?? (atProduction?.recommended ?? recommended)?.proposals;
  return ids === undefined ? undefined : maskOf(survey, ids);
}

/** The options that reproduce the figures for production. */
function askedFor({ production, scales, sample }: AdviseOptions): string | undefined {
  if (scales !== undefined) return `--scales ${scales.join(',')}`;
  if (sample !== undefined) return `--url … ${sample.map(() => '--sample …').join(' ')}`;
  return production === true ? '--production' : undefined;
}

async function changeOf(
  folder: string,
  { kept, ...known }: Omit<Surveyed, 'kept'> & { readonly kept: Mask | undefined },
  target: Worked,
  signal: AbortSignal,
) {
  const { settings } = target;
  if (settings === undefined) throw new Error('a lens has no database to read');
  if (kept === undefined)
    throw new PgoptError(
      'nothing-to-keep',
      'no configuration can be recommended: not all of it was measured',
      {
        next: 'give --keep with the names of the proposals to keep',
      },
    );
  const change = surveyedChange({ ...known, kept }, target);
  return { folder, files: await changeFiles(change, await readChangeFacts(settings, change, signal)) };
}

/** @throws PgoptError 'cancelled' or 'connection-lost' */
async function surveyIn(
  session: ExplorerSession,
  workload: Workload,
  options: SurveyOptions,
  report: (progress: SurveyProgress) => void,
  signal: AbortSignal,
): Promise<{ readonly survey: Survey; readonly opened: Opened }> {
  const opened = openedBy(session);
  if (opened === undefined) throw endOf([session], signal);
  const running = startSurvey(session, workload, opened.tables, options, report, now);
  const stop = () => running.stop();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const { survey } = await running.ended;
  signal.removeEventListener('abort', stop);
  if (!survey.complete) throw endOf([session], signal);
  return { survey, opened };
}

function succeeded({ leftOut, queries, answers, effort }: Survey): boolean {
  return (
    leftOut.length === 0 &&
    effort.disagreed === 0 &&
    queries.every(({ failure }) => failure === undefined) &&
    [...answers.values()].every(({ verdict }) => verdict !== 'different')
  );
}

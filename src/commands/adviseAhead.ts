/** What `advise` says of production: every configuration planned there and, with several sizes, projected. */
import { PLANS_ONLY } from '../advisor/machine.ts';
import { requirementsAhead } from '../advisor/requirements/aheadOfSurvey.ts';
import type { Survey } from '../advisor/survey.ts';
import { surveyAhead } from '../production/surveyAhead.ts';
import type { Ahead } from '../report/advice/ahead.ts';
import type { Io } from '../run.ts';
import { type ExplorerSession, openedBy, type TableFact } from '../session/events.ts';
import { type SurveyProgress, startSurvey } from '../survey/run.ts';
import type { Workload } from '../workload/types.ts';
import { openStages, type StagesOptions } from './stages.ts';
import { now } from './target.ts';

export interface AdviseAheadOptions extends Omit<StagesOptions, 'build'> {
  /** Of the largest session: what was built there, and how rewrites compare. */
  readonly here: Survey;
  readonly verify: boolean;
  /** No plan is rehearsed after this much time, ms. */
  readonly budgetMs: number;
}

/** Without smaller sizes nothing is rehearsed: plans and bytes only. @throws PgoptError */
export async function adviseAhead(
  largest: ExplorerSession,
  { here, verify, budgetMs, ...options }: AdviseAheadOptions,
  io: Io,
): Promise<Ahead> {
  const { workload, progress, signal, smaller } = options;
  const build = here.proposals.map(({ id }) => id);
  const opened = await openStages(largest, { ...options, build }, io);
  try {
    const { lens, production, remarks } = opened;
    const stages = smaller.length === 0 ? [] : opened.stages;
    const { tables = [], serverVersion } = openedBy(lens.session) ?? {};
    const planned = await plan(lens.session, workload, tables, { verify, signal, report: progress.survey });
    if (!planned.complete) throw opened.whyEnded();
    const found = await surveyAhead(
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
      requirements: requirementsAhead(workload, found.survey, tables, serverVersion).demands,
      sizes: stages.map(({ size }) => size.label),
      remarks,
    };
  } finally {
    await opened.close();
  }
}

/** Of every configuration which plans the lens has. */
async function plan(
  lens: ExplorerSession,
  workload: Workload,
  tables: readonly TableFact[],
  {
    verify,
    signal,
    report,
  }: {
    readonly verify: boolean;
    readonly signal: AbortSignal;
    readonly report: (progress: SurveyProgress) => void;
  },
): Promise<Survey> {
  const options = { ...PLANS_ONLY, verify };
  const running = startSurvey(lens, workload, tables, options, report, now);
  const stop = () => running.stop();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const { survey } = await running.ended;
  signal.removeEventListener('abort', stop);
  return survey;
}

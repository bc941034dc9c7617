/** Runs the survey of an explorer in the background, works its advice out while the page is open, and answers with actions. */
import { setImmediate } from 'node:timers/promises';
import { type Advice, advising } from '../advisor/advice/advice.ts';
import { surveyRequirements } from '../advisor/requirements/ofSurvey.ts';
import type { ExplorerSession } from '../session/events.ts';
import { type RunningSurvey, type SurveyProgress, startSurvey } from '../survey/run.ts';
import type { Workload } from '../workload/types.ts';
import type { Action, SessionFacts } from './state/types.ts';

/** One survey after another; all return at once. */
export interface Surveying {
  /** @param run Its number, which its actions carry. */
  readonly begin: (
    run: number,
    session: Pick<ExplorerSession, 'background' | 'subscribe'>,
    about: About,
  ) => void;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly stop: () => void;
  /** The page is opened. */
  readonly look: () => void;
}

export interface About {
  readonly workload: Workload;
  readonly facts: Pick<SessionFacts, 'tables' | 'serverVersion'>;
}

export interface SurveyingOptions {
  /** No run is begun after this much time of measuring, ms. */
  readonly budgetMs: number;
  readonly dispatch: (action: Action) => void;
  readonly isLooking: () => boolean;
  /** ms of a clock. */
  readonly now: () => number;
  readonly crashed: (error: unknown) => void;
}

/** Share of the fastest total time that is near enough; as `advise` has it. */
export const WITHIN = 0.05;
/** An advice that took a second is not worked out again for as many. */
const REST = 20;

interface Current extends About {
  readonly run: number;
  readonly survey: RunningSurvey;
  progress: SurveyProgress | undefined;
  /** What the last advice was about. */
  advised: SurveyProgress['survey'] | undefined;
  isOver: boolean;
}

export function surveyWith(options: SurveyingOptions): Surveying {
  const { budgetMs, dispatch, isLooking, now, crashed } = options;
  let current: Current | undefined;
  let isAdvising = false;
  let notBefore = Number.NEGATIVE_INFINITY;

  const advise = (one: Current): void => {
    const { progress } = one;
    // In a rest there is time for it, and it is what will be looked at.
    const isResting = one.isOver || one.survey.isPaused;
    const isWanted = isResting || (isLooking() && now() >= notBefore);
    if (one !== current || isAdvising || !isWanted || progress === undefined) return;
    if (progress.survey === one.advised || progress.phase === 'building') return;
    isAdvising = true;
    one.advised = progress.survey;
    workOut(one, progress, now)
      .then(({ advice, tookMs }) => {
        notBefore = now() + tookMs * REST;
        dispatch({ type: 'survey:advised', run: one.run, advice });
      })
      .finally(() => {
        isAdvising = false;
        // More may have become known meanwhile, or another one have begun and ended.
        if (current !== undefined) advise(current);
      })
      .catch(crashed);
  };

  return {
    begin: (run, session, { workload, facts }) => {
      current?.survey.stop();
      notBefore = Number.NEGATIVE_INFINITY;
      const told = (progress: SurveyProgress): void => {
        if (current?.run !== run) return;
        current.progress = progress;
        dispatch({ type: 'survey:progressed', run, progress });
        advise(current);
      };
      const surveyOptions = { verify: false, budgetMs, plansOnly: false };
      const survey = startSurvey(session, workload, facts.tables, surveyOptions, told, now);
      const one = { run, workload, facts, survey, progress: undefined, advised: undefined, isOver: false };
      current = one;
      survey.ended
        .then(progress => {
          Object.assign(one, { progress, isOver: true });
          dispatch({ type: 'survey:ended', run, progress });
          advise(one);
        })
        .catch(crashed);
    },
    pause: () => current?.survey.pause(),
    resume: () => current?.survey.resume(),
    stop: () => current?.survey.stop(),
    look: () => {
      if (current !== undefined) advise(current);
    },
  };
}

/** In steps: between two of them keys are heard, and frames drawn. */
async function workOut(
  { workload, facts }: About,
  { survey }: SurveyProgress,
  now: () => number,
): Promise<{ readonly advice: Advice; readonly tookMs: number }> {
  let tookMs = 0;
  const timed = <T>(work: () => T): T => {
    const from = now();
    const made = work();
    tookMs += now() - from;
    return made;
  };
  const { demands } = timed(() => surveyRequirements(workload, survey, facts.tables, facts.serverVersion));
  const steps = advising(survey, demands, WITHIN);
  for (;;) {
    const step = timed(() => steps.next());
    if (step.done === true) return { advice: step.value, tookMs };
    await setImmediate();
  }
}

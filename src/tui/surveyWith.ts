/** Runs the surveys of an explorer in the background, works out their advice, and answers with actions. */
import { setImmediate } from 'node:timers/promises';
import { type Advice, advising } from '../advisor/advice/advice.ts';
import { advisingPlanned } from '../advisor/advice/planned.ts';
import { PLANS_ONLY } from '../advisor/machine.ts';
import { requirementsAtProduction } from '../advisor/requirements/atProduction.ts';
import { surveyRequirements } from '../advisor/requirements/ofSurvey.ts';
import type { Survey } from '../advisor/survey.ts';
import { plannedAtProduction } from '../advisor/survey.ts';
import type { ExplorerSession } from '../session/events.ts';
import { type RunningSurvey, type SurveyProgress, startSurvey } from '../survey/runSurvey.ts';
import type { Workload } from '../workload/workload.ts';
import type { Action, SessionFacts } from './state/state.ts';

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

interface SurveyingOptions {
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
    // While the survey is paused or over there is time for it, and the person is likely to read it.
    const isResting = one.isOver || one.survey.isPaused;
    const isWanted = isResting || (isLooking() && now() >= notBefore);
    if (one !== current || isAdvising || !isWanted || progress === undefined) return;
    if (progress.survey === one.advised || progress.phase === 'building') return;
    isAdvising = true;
    one.advised = progress.survey;
    workOut(one, progress, now)
      .then(worked => {
        if (worked === undefined) return;
        notBefore = now() + worked.tookMs * REST;
        dispatch({ type: 'survey:advised', run: one.run, advice: worked.advice });
      })
      .finally(() => {
        isAdvising = false;
        // More may be known by now, or another survey may have begun and ended.
        if (current !== undefined) advise(current);
      })
      .catch(crashed);
  };

  return {
    begin: (run, session, { workload, facts }) => {
      current?.survey.stop();
      notBefore = Number.NEGATIVE_INFINITY;
      const reported = (progress: SurveyProgress): void => {
        if (current?.run !== run) return;
        current.progress = progress;
        dispatch({ type: 'survey:progressed', run, progress });
        advise(current);
      };
      const surveyOptions = { verify: false, budgetMs, plansOnly: false };
      const survey = startSurvey(session, workload, facts.tables, surveyOptions, reported, now);
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

/** Runs the steps one by one: keys and frames are handled between them. undefined where it was given up. */
async function inSteps<T>(
  next: () => IteratorResult<unknown, T>,
  isGivenUp: () => boolean = () => false,
): Promise<T | undefined> {
  for (;;) {
    const step = next();
    if (isGivenUp()) return undefined;
    if (step.done === true) return step.value;
    await setImmediate();
  }
}

async function workOut(
  { workload, facts }: About,
  { survey }: SurveyProgress,
  now: () => number,
): Promise<{ readonly advice: Advice; readonly tookMs: number } | undefined> {
  let tookMs = 0;
  const timed = <T>(work: () => T): T => {
    const from = now();
    const made = work();
    tookMs += now() - from;
    return made;
  };
  const { demands } = timed(() => surveyRequirements(workload, survey, facts.tables, facts.serverVersion));
  const steps = advising(survey, demands, WITHIN);
  const advice = await inSteps(() => timed(() => steps.next()));
  return advice && { advice, tookMs };
}

/** One after the other; all return at once. */
export interface ProductionSurveying {
  /** @param run Its number, which its actions carry. */
  readonly begin: (
    run: number,
    lens: Pick<ExplorerSession, 'background' | 'subscribe'>,
    about: AboutProduction,
  ) => void;
  /** The rewrites have been compared further since. */
  readonly compared: (answers: Survey['answers']) => void;
  /** The planning ends: nothing more is planned or reported. */
  readonly stop: () => void;
}

interface AboutProduction extends About {
  /** How rewrites compare in the database itself: in a lens there are no rows. */
  readonly answers: Survey['answers'];
}

interface ProductionSurveyingOptions {
  readonly dispatch: (action: Action) => void;
  /** ms of a clock. */
  readonly now: () => number;
  readonly crashed: (error: unknown) => void;
}

interface CurrentOfProduction {
  readonly run: number;
  readonly about: AboutProduction;
  answers: Survey['answers'];
  readonly survey: RunningSurvey;
  planned: Survey | undefined;
}

export function productionSurveyWith({
  dispatch,
  now,
  crashed,
}: ProductionSurveyingOptions): ProductionSurveying {
  let current: CurrentOfProduction | undefined;

  const advise = async (one: CurrentOfProduction): Promise<void> => {
    const { planned, answers, run } = one;
    if (planned === undefined) return;
    const survey = plannedAtProduction({ ...planned, answers });
    const { workload, facts } = one.about;
    const { demands } = requirementsAtProduction(workload, survey, facts.tables, facts.serverVersion);
    const steps = advisingPlanned(survey, demands, WITHIN);
    // Another lens, or newer answers by now: the planning that began it reports it.
    const isGivenUp = () => one !== current || answers !== one.answers;
    const advice = await inSteps(() => steps.next(), isGivenUp);
    if (advice !== undefined) dispatch({ type: 'productionSurvey:advised', run, advice });
  };

  const stop = (): void => {
    current?.survey.stop();
    current = undefined;
  };

  return {
    begin: (run, lens, about) => {
      stop();
      const { workload, facts, answers } = about;
      const survey = startSurvey(
        lens,
        workload,
        facts.tables,
        PLANS_ONLY,
        progress => {
          if (current?.run === run) dispatch({ type: 'productionSurvey:progressed', run, progress });
        },
        now,
      );
      const one: CurrentOfProduction = { run, about, answers, survey, planned: undefined };
      current = one;
      survey.ended
        .then(({ survey: planned }) => {
          if (one !== current) return;
          if (!planned.complete) return dispatch({ type: 'productionSurvey:broken', run });
          one.planned = planned;
          return advise(one);
        })
        .catch(crashed);
    },
    compared: answers => {
      if (current === undefined) return;
      current.answers = answers;
      advise(current).catch(crashed);
    },
    stop,
  };
}

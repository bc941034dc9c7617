/** Runs an explorer's surveys in the background, works out their advice step by step, and answers with actions. */
import { setImmediate } from 'node:timers/promises';
import { type Advice, advising } from '../advisor/advice/advice.ts';
import { advisingPlanned, type PlannedAdvice } from '../advisor/advice/planned.ts';
import { PLANS_ONLY, type SurveyOptions } from '../advisor/machine.ts';
import { requirementsAtProduction } from '../advisor/requirements/atProduction.ts';
import { surveyRequirements } from '../advisor/requirements/ofSurvey.ts';
import { plannedAtProduction, type Survey } from '../advisor/survey.ts';
import type { ExplorerSession } from '../session/events.ts';
import { type RunningSurvey, type SurveyProgress, startSurvey } from '../survey/runSurvey.ts';
import type { Workload } from '../workload/workload.ts';
import type { Action, SessionFacts } from './state/state.ts';

/** Where a survey puts its questions, and what it makes of the answers. */
interface SurveySource {
  readonly name: keyof Surveys;
  readonly options: SurveyOptions;
  /** Its advice is worth a look before the survey has ended. */
  readonly isAdvisedEarly: boolean;
  /** Works the advice out in steps; ends with the action that reports it. */
  readonly advise: (run: number, about: About, survey: Survey) => Generator<unknown, Action>;
}

/** Share of the fastest total time that is near enough; as `advise` has it. */
const WITHIN = 0.05;

/** The session itself, which runs the queries. */
const here = (budgetMs: number): SurveySource => ({
  name: 'here',
  options: { verify: false, budgetMs, plansOnly: false },
  isAdvisedEarly: true,
  *advise(run, { workload, facts }, survey) {
    const { demands } = surveyRequirements(workload, survey, facts.tables, facts.serverVersion);
    const advice: Advice = yield* advising(survey, demands, WITHIN);
    return { type: 'survey:advised', source: 'here', run, advice };
  },
});

/** The lens, which only plans: a part of the plans is no advice. */
const production: SurveySource = {
  name: 'production',
  options: PLANS_ONLY,
  isAdvisedEarly: false,
  *advise(run, { workload, facts, answers }, survey) {
    const planned = plannedAtProduction({ ...survey, answers });
    const { demands } = requirementsAtProduction(workload, planned, facts.tables, facts.serverVersion);
    const advice: PlannedAdvice = yield* advisingPlanned(planned, demands, WITHIN);
    return { type: 'survey:advised', source: 'production', run, advice };
  },
};

export interface About {
  readonly workload: Workload;
  readonly facts: Pick<SessionFacts, 'tables' | 'serverVersion'>;
  /** How rewrites compare in the database itself; a lens has no rows. */
  readonly answers: Survey['answers'];
}

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
  /** What is known stays. */
  readonly stop: () => void;
  /** The page is opened. */
  readonly look: () => void;
  /** The rewrites have been compared further since: the advice is worked out again. */
  readonly compared: (answers: Survey['answers']) => void;
}

/** By where their questions go. */
export interface Surveys {
  readonly here: Surveying;
  readonly production: Surveying;
}

interface SurveyingOptions {
  readonly dispatch: (action: Action) => void;
  readonly isLooking: () => boolean;
  /** ms of a clock. */
  readonly now: () => number;
  readonly crashed: (error: unknown) => void;
}

/** An advice that took a second is not worked out again for as many. */
const REST = 20;

interface Current {
  readonly run: number;
  readonly survey: RunningSurvey;
  about: About;
  progress: SurveyProgress | undefined;
  /** What the last advice was about. */
  advised: { readonly survey: Survey; readonly about: About } | undefined;
  isOver: boolean;
}

/** @param budgetMs No run of a query begins after this much time of measuring. */
export const surveysWith = (budgetMs: number, options: SurveyingOptions): Surveys => ({
  here: surveyWith(here(budgetMs), options),
  production: surveyWith(production, options),
});

function surveyWith(source: SurveySource, options: SurveyingOptions): Surveying {
  const { dispatch, isLooking, now, crashed } = options;
  let current: Current | undefined;
  let isAdvising = false;
  let notBefore = Number.NEGATIVE_INFINITY;

  const isWanted = ({ isOver, survey, progress }: Current): boolean =>
    source.isAdvisedEarly
      ? // While the survey is paused or over there is time for it, and the person is likely to read it.
        isOver || survey.isPaused || (isLooking() && now() >= notBefore)
      : isOver && progress?.survey.complete === true;

  const advise = (one: Current): void => {
    const { run, progress, about } = one;
    if (one !== current || isAdvising || progress === undefined || !isWanted(one)) return;
    const { phase, survey } = progress;
    if (phase === 'building' || (one.advised?.survey === survey && one.advised.about === about)) return;
    isAdvising = true;
    one.advised = { survey, about };
    let tookMs = 0;
    const steps = source.advise(run, about, survey);
    const next = () => {
      const from = now();
      const step = steps.next();
      tookMs += now() - from;
      return step;
    };
    // Another survey, or newer answers by now: its advice is the one to report.
    inSteps(next, () => one !== current || one.about !== about)
      .then(advised => {
        if (advised === undefined) return;
        notBefore = now() + tookMs * REST;
        dispatch(advised);
      })
      .finally(() => {
        isAdvising = false;
        // More may be known by now.
        if (current !== undefined) advise(current);
      })
      .catch(crashed);
  };

  return {
    begin: (run, session, about) => {
      current?.survey.stop();
      notBefore = Number.NEGATIVE_INFINITY;
      const reported = (progress: SurveyProgress): void => {
        if (current?.run !== run) return;
        current.progress = progress;
        dispatch({ type: 'survey:progressed', source: source.name, run, progress });
        advise(current);
      };
      const { workload, facts } = about;
      const survey = startSurvey(session, workload, facts.tables, source.options, reported, now);
      const one = { run, about, survey, progress: undefined, advised: undefined, isOver: false };
      current = one;
      survey.ended
        .then(progress => {
          Object.assign(one, { progress, isOver: true });
          dispatch({ type: 'survey:ended', source: source.name, run, progress });
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
    compared: answers => {
      if (current === undefined) return;
      current.about = { ...current.about, answers };
      advise(current);
    },
  };
}

/** Runs the steps one by one: keys and frames are handled between them. undefined where it was given up. */
async function inSteps<T>(
  next: () => IteratorResult<unknown, T>,
  isGivenUp: () => boolean,
): Promise<T | undefined> {
  for (;;) {
    const step = next();
    if (isGivenUp()) return undefined;
    if (step.done === true) return step.value;
    await setImmediate();
  }
}

/** Asks the lens for the plans of all configurations, in the background; works out what they say, and answers with actions. */
import { setImmediate } from 'node:timers/promises';
import { advisingPlanned } from '../advisor/advice/planned.ts';
import { PLANS_ONLY } from '../advisor/machine.ts';
import { plannedAhead } from '../advisor/plannedAhead.ts';
import { requirementsAhead } from '../advisor/requirements/aheadOfSurvey.ts';
import type { Survey } from '../advisor/survey.ts';
import type { ExplorerSession } from '../session/events.ts';
import { type RunningSurvey, startSurvey } from '../survey/run.ts';
import type { Action } from './state/types.ts';
import { type About, WITHIN } from './surveyWith.ts';

/** One after the other; all return at once. */
export interface LookingAhead {
  /** @param run Its number, which its actions carry. */
  readonly begin: (
    run: number,
    lens: Pick<ExplorerSession, 'background' | 'subscribe'>,
    about: AboutAhead,
  ) => void;
  /** What is known of rewrites is known better now. */
  readonly compared: (answers: Survey['answers']) => void;
  /** Nothing more is asked, or told. */
  readonly stop: () => void;
}

export interface AboutAhead extends About {
  /** How rewrites compare in the database itself: in a lens there are no rows. */
  readonly answers: Survey['answers'];
}

export interface LookingAheadOptions {
  readonly dispatch: (action: Action) => void;
  /** ms of a clock. */
  readonly now: () => number;
  readonly crashed: (error: unknown) => void;
}

interface Current {
  readonly run: number;
  readonly about: AboutAhead;
  answers: Survey['answers'];
  readonly survey: RunningSurvey;
  planned: Survey | undefined;
}

export function aheadWith({ dispatch, now, crashed }: LookingAheadOptions): LookingAhead {
  let current: Current | undefined;

  const advise = async (one: Current): Promise<void> => {
    const { planned, answers, run } = one;
    if (planned === undefined) return;
    const survey = plannedAhead({ ...planned, answers });
    const { workload, facts } = one.about;
    const { demands } = requirementsAhead(workload, survey, facts.tables, facts.serverVersion);
    const steps = advisingPlanned(survey, demands, WITHIN);
    for (;;) {
      const step = steps.next();
      // Of another lens by now, or with other answers: the one that began it reports it.
      if (one !== current || answers !== one.answers) return;
      if (step.done === true) return dispatch({ type: 'ahead:advised', run, advice: step.value });
      // Between two steps keys are heard, and frames drawn.
      await setImmediate();
    }
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
          if (current?.run === run) dispatch({ type: 'ahead:progressed', run, progress });
        },
        now,
      );
      const one: Current = { run, about, answers, survey, planned: undefined };
      current = one;
      survey.ended
        .then(({ survey: planned }) => {
          if (one !== current) return;
          if (!planned.complete) return dispatch({ type: 'ahead:broken', run });
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

/** Puts a survey's questions to a session, one after the other, whenever the session has no other work. */
import { type Phase, SurveyMachine, type SurveyOptions } from '../advisor/machine.ts';
import type { Survey } from '../advisor/survey.ts';
import { type BackgroundTask, type ExplorerSession, openedBy, type TableFact } from '../session/events.ts';
import type { Workload } from '../workload/types.ts';
import { surveyGrounds } from './grounds.ts';

export interface SurveyProgress {
  readonly phase: Phase;
  /** What is asked for now; undefined when it has ended, or is paused. */
  readonly asking: BackgroundTask | undefined;
  /** What is known so far: it stays when the survey is stopped. */
  readonly survey: Survey;
}

export interface RunningSurvey {
  /** No further question until `resume`; the one that was put is taken back. */
  pause(): void;
  resume(): void;
  /** Ends it; what is known stays. */
  stop(): void;
  readonly isPaused: boolean;
  /** When it has ended or was stopped: all that is known. Never rejects. */
  readonly ended: Promise<SurveyProgress>;
}

/** Snapshots are expensive; four a second are enough for a person. */
const REPORT_MS = 250;

/**
 * @param tables As `session:opened` told them.
 * @param report Told now and then, and when it is paused or has ended.
 * @param now ms of a clock.
 */
export function startSurvey(
  session: Pick<ExplorerSession, 'background' | 'subscribe'>,
  workload: Workload,
  tables: readonly TableFact[],
  options: SurveyOptions,
  report: (progress: SurveyProgress) => void,
  now: () => number,
): RunningSurvey {
  let isPaused = false;
  let isStopped = false;
  let wake: () => void = () => undefined;
  let asked = new AbortController();
  let reportedAt = Number.NEGATIVE_INFINITY;
  let machine: SurveyMachine | undefined;

  const tell = (asking: BackgroundTask | undefined, always: boolean) => {
    if (machine === undefined || (!always && now() - reportedAt < REPORT_MS)) return;
    reportedAt = now();
    report({ phase: machine.phase, asking, survey: machine.survey() });
  };
  const rest = () =>
    new Promise<void>(resolve => {
      wake = resolve;
    });

  const work = async (): Promise<SurveyProgress> => {
    machine = new SurveyMachine(
      await surveyGrounds(workload, tables, openedBy(session)?.hiddenPlans),
      options,
      now,
    );
    while (!isStopped) {
      if (isPaused) {
        tell(undefined, true);
        await rest();
        continue;
      }
      const question = machine.next();
      if (question === undefined) break;
      asked = new AbortController();
      tell(question.task, false);
      const answer = await session.background(question.task, asked.signal);
      if (answer.kind !== 'ended') question.learn(answer);
      // Taken back by a pause it is asked again; without a session no question can be answered.
      else if (!asked.signal.aborted) break;
    }
    const progress = { phase: machine.phase, asking: undefined, survey: machine.survey() };
    report(progress);
    return progress;
  };

  return {
    pause: () => {
      isPaused = true;
      asked.abort();
    },
    resume: () => {
      isPaused = false;
      wake();
    },
    stop: () => {
      isStopped = true;
      asked.abort();
      wake();
    },
    get isPaused() {
      return isPaused;
    },
    ended: work(),
  };
}

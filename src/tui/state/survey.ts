/** A survey in the background: begun, paused, stopped, and what it tells. */
import type { Action, State } from './types.ts';

type Told = Extract<Action, { type: `survey:${string}` }>;

/** Why no survey can be begun now; undefined where one can. */
export function cannotSurvey({ session, workload, phase }: State): string | undefined {
  if (phase !== 'exploring' || session === undefined) return 'there is no session';
  if (session.lens !== undefined) return 'nothing is run in a lens, and so there are no times (4: its plans)';
  if (session.cannotBuild !== undefined) return `nothing can be built here: ${session.cannotBuild}`;
  return workload.proposals.length === 0 ? 'there is no proposal (n writes one)' : undefined;
}

export const isUnderWay = ({ survey }: State): boolean =>
  survey?.state === 'running' || survey?.state === 'paused';

/** A new one, from its first question: what the last one found out is of runs that it will not hold against its own. */
export function begun(state: State): State {
  if (isUnderWay(state) || cannotSurvey(state) !== undefined) return state;
  const run = (state.survey?.run ?? 0) + 1;
  return {
    ...state,
    survey: { run, state: 'running', progress: undefined, advice: undefined, seen: false },
  };
}

export function pausedOrResumed(state: State): State {
  const { survey } = state;
  if (survey === undefined || !isUnderWay(state)) return state;
  return { ...state, survey: { ...survey, state: survey.state === 'running' ? 'paused' : 'running' } };
}

/** What is known stays. */
export function stopped(state: State): State {
  const { survey } = state;
  return survey === undefined || !isUnderWay(state)
    ? state
    : { ...state, survey: { ...survey, state: 'stopped', seen: true } };
}

export function reduceSurvey(state: State, action: Told): State {
  const { survey } = state;
  if (survey === undefined || survey.run !== action.run) return state;
  switch (action.type) {
    case 'survey:progressed':
      return { ...state, survey: { ...survey, progress: action.progress } };
    case 'survey:advised':
      return { ...state, survey: { ...survey, advice: action.advice } };
    case 'survey:ended': {
      const { progress } = action;
      if (!isUnderWay(state)) return { ...state, survey: { ...survey, progress } };
      const ended = progress.survey.complete ? 'ended' : 'stopped';
      const seen = state.overlay?.kind === 'advice';
      return { ...state, survey: { ...survey, progress, state: ended, seen } };
    }
  }
}

/** What a survey is about may change under it, or its session go away: it is over then, and says so. */
export function withSurveyOf(before: State, after: State): State {
  const { survey } = after;
  if (survey === undefined || survey.state === 'stale') return after;
  const why =
    after.workload !== before.workload
      ? 'the proposals have changed'
      : after.phase === 'lost' && before.phase !== 'lost'
        ? 'its session is gone'
        : undefined;
  return why === undefined ? after : { ...after, survey: { ...survey, state: 'stale', why } };
}

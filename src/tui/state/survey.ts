/** The surveys of all configurations: one here, which runs queries, and one of production’s plans, made of its lens. */
import type { Advice } from '../../advisor/advice/advice.ts';
import type { PlannedAdvice } from '../../advisor/advice/planned.ts';
import type { State, SurveyAction } from './state.ts';

type ReportedHere = SurveyAction<'here', Advice>;
type ReportedByLens = SurveyAction<'production', PlannedAdvice>;

/** Why no survey can be begun now; undefined where one can. */
export function cannotSurvey({ session, workload, phase }: State): string | undefined {
  if (phase !== 'exploring' || session === undefined) return 'there is no session';
  if (session.lens !== undefined) return 'nothing is run in a lens, and so there are no times (4: its plans)';
  if (session.cannotBuild !== undefined) return `nothing can be built here: ${session.cannotBuild}`;
  return workload.proposals.length === 0 ? 'there is no proposal (n writes one)' : undefined;
}

export const isUnderWay = ({ survey }: State): boolean =>
  survey?.state === 'running' || survey?.state === 'paused';

/** A new survey starts from its first question: its runs are not compared with those of the last one. */
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

/** Results stay. */
export function stopped(state: State): State {
  const { survey } = state;
  return survey === undefined || !isUnderWay(state)
    ? state
    : { ...state, survey: { ...survey, state: 'stopped', seen: true } };
}

export const reduceSurvey = (state: State, action: ReportedHere | ReportedByLens): State =>
  action.source === 'here' ? reduceHere(state, action) : reduceProduction(state, action);

function reduceHere(state: State, action: ReportedHere): State {
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

/** A survey ends, with the reason, when the workload changes under it or its session goes away. */
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

/** Why production's plans cannot be looked at; undefined where they can. */
export function cannotSurveyProduction({ session, workload, phase }: State): string | undefined {
  if (phase !== 'exploring' || session === undefined) return 'there is no session';
  if (workload.proposals.length === 0) return 'there is no proposal (n writes one)';
  if (session.lens === undefined && Object.keys(workload.budgets.productionRows).length === 0)
    return 'schema/workload.json does not say how large it is. Write how many rows each table has there: "production_rows": { "orders": 50000000 }';
  return undefined;
}

export const isProductionUnderWay = ({ productionSurvey }: State): boolean =>
  productionSurvey?.state === 'waiting' || productionSurvey?.state === 'planning';

/** The first time its page is open, and again after its lens has gone. */
export function askedProduction(state: State): State {
  const { productionSurvey } = state;
  return productionSurvey === undefined || productionSurvey.state === 'gone'
    ? askedProductionAgain(state)
    : state;
}

/** From its first question; a lens that failed is tried again. */
export function askedProductionAgain(state: State): State {
  if (isProductionUnderWay(state) || cannotSurveyProduction(state) !== undefined) return state;
  const { productionSurvey, production } = state;
  return {
    ...state,
    production: production?.state === 'failed' ? undefined : production,
    productionSurvey: {
      run: productionSurvey?.run ?? 0,
      state: 'waiting',
      why: undefined,
      progress: undefined,
      advice: productionSurvey?.advice,
    },
  };
}

/** Its lens is wanted, and none was requested yet. */
export const wantsLens = ({ productionSurvey, session }: State): boolean =>
  productionSurvey?.state === 'waiting' && session?.lens === undefined;

/** What is known of the lens's session: production's, or the one that is all there is. */
export function lensFacts({ session, production }: State): State['session'] {
  if (session?.lens !== undefined) return session;
  return production?.state === 'open' ? production.facts : undefined;
}

function reduceProduction(state: State, action: ReportedByLens): State {
  const { productionSurvey } = state;
  if (productionSurvey?.state !== 'planning' && productionSurvey?.state !== 'ended') return state;
  if (productionSurvey.run !== action.run) return state;
  switch (action.type) {
    case 'survey:progressed':
      return { ...state, productionSurvey: { ...productionSurvey, progress: action.progress } };
    case 'survey:ended':
      return action.progress.survey.complete
        ? state
        : {
            ...state,
            productionSurvey: { ...productionSurvey, state: 'gone', why: 'the lens answered no more' },
          };
    case 'survey:advised':
      return {
        ...state,
        productionSurvey: { ...productionSurvey, state: 'ended', progress: undefined, advice: action.advice },
      };
  }
}

/** The lens opens, is made anew, fails or closes; its planning ends with it. */
export function withProductionSurveyOf(before: State, given: State): State {
  const after = withLensOf(before, given);
  const { productionSurvey } = after;
  if (productionSurvey?.state !== 'waiting' || lensFacts(after) === undefined) return after;
  return {
    ...after,
    productionSurvey: { ...productionSurvey, state: 'planning', run: productionSurvey.run + 1 },
  };
}

function withLensOf(before: State, after: State): State {
  const { productionSurvey, production } = after;
  if (productionSurvey === undefined) return after;
  const became = (change: Partial<typeof productionSurvey>): State => ({
    ...after,
    productionSurvey: { ...productionSurvey, progress: undefined, why: undefined, ...change },
  });
  if (after.phase === 'lost' && before.phase !== 'lost')
    return became({ state: 'gone', why: 'its session is gone' });
  if (production?.state === 'failed')
    return before.production?.state === 'failed' ? after : became({ state: 'failed', why: production.words });
  const isOtherLens = production?.state === 'opening' && before.production?.state !== 'opening';
  const isRevised = after.session?.lens !== undefined && after.workload !== before.workload;
  if (isOtherLens || isRevised)
    return productionSurvey.state === 'waiting' ? after : became({ state: 'waiting' });
  const isLensGone = before.production !== undefined && production === undefined;
  return isLensGone && ['planning', 'ended'].includes(productionSurvey.state)
    ? became({ state: 'gone', why: 'the lens is gone' })
    : after;
}

/** Which proposals production's planner would use: asked of the lens in the background, once it is there, and made anew with it. */
import type { Action, State } from './types.ts';

type Told = Extract<Action, { type: `ahead:${string}` }>;

/** Why production's plans cannot be looked at; undefined where they can. */
export function cannotLookAhead({ session, workload, phase }: State): string | undefined {
  if (phase !== 'exploring' || session === undefined) return 'there is no session';
  if (workload.proposals.length === 0) return 'there is no proposal (n writes one)';
  if (session.lens === undefined && Object.keys(workload.budgets.productionRows).length === 0)
    return 'schema/workload.json does not say how large it is. Write how many rows each table has there: "production_rows": { "orders": 50000000 }';
  return undefined;
}

const isUnderWay = ({ ahead }: State): boolean => ahead?.state === 'waiting' || ahead?.state === 'planning';

/** The first time its page is in view, and where what it stood on has gone since. */
export function lookedAhead(state: State): State {
  const { ahead } = state;
  return ahead === undefined || ahead.state === 'gone' ? lookedAgain(state) : state;
}

/** From its first question; a lens that failed is tried again. */
export function lookedAgain(state: State): State {
  if (isUnderWay(state) || cannotLookAhead(state) !== undefined) return state;
  const { ahead, production } = state;
  return {
    ...state,
    production: production?.state === 'failed' ? undefined : production,
    ahead: {
      run: ahead?.run ?? 0,
      state: 'waiting',
      why: undefined,
      progress: undefined,
      advice: ahead?.advice,
    },
  };
}

/** Its lens is wanted, and none was requested yet. */
export const wantsLens = ({ ahead, session }: State): boolean =>
  ahead?.state === 'waiting' && session?.lens === undefined;

/** What is known of the lens's session: production's, or the one that is all there is. */
export function lensFacts({ session, production }: State): State['session'] {
  if (session?.lens !== undefined) return session;
  return production?.state === 'open' ? production.facts : undefined;
}

export function reduceAhead(state: State, action: Told): State {
  const { ahead } = state;
  if (ahead?.state !== 'planning' && ahead?.state !== 'ended') return state;
  if (ahead.run !== action.run) return state;
  switch (action.type) {
    case 'ahead:progressed':
      return { ...state, ahead: { ...ahead, progress: action.progress } };
    case 'ahead:broken':
      return { ...state, ahead: { ...ahead, state: 'gone', why: 'the lens answered no more' } };
    case 'ahead:advised':
      return { ...state, ahead: { ...ahead, state: 'ended', progress: undefined, advice: action.advice } };
  }
}

/** The lens comes, is made anew, fails and goes; what it was asked for goes with it. */
export function withAheadOf(before: State, given: State): State {
  const after = withLensOf(before, given);
  const { ahead } = after;
  if (ahead?.state !== 'waiting' || lensFacts(after) === undefined) return after;
  return { ...after, ahead: { ...ahead, state: 'planning', run: ahead.run + 1 } };
}

function withLensOf(before: State, after: State): State {
  const { ahead, production } = after;
  if (ahead === undefined) return after;
  const became = (change: Partial<typeof ahead>): State => ({
    ...after,
    ahead: { ...ahead, progress: undefined, why: undefined, ...change },
  });
  if (after.phase === 'lost' && before.phase !== 'lost')
    return became({ state: 'gone', why: 'its session is gone' });
  if (production?.state === 'failed')
    return before.production?.state === 'failed' ? after : became({ state: 'failed', why: production.words });
  const isOtherLens = production?.state === 'opening' && before.production?.state !== 'opening';
  const isRevised = after.session?.lens !== undefined && after.workload !== before.workload;
  if (isOtherLens || isRevised) return ahead.state === 'waiting' ? after : became({ state: 'waiting' });
  const isLensGone = before.production !== undefined && production === undefined;
  return isLensGone && ['planning', 'ended'].includes(ahead.state)
    ? became({ state: 'gone', why: 'the lens is gone' })
    : after;
}

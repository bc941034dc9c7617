/** A new session in the place of a lost one. */
import type { Action, State } from './types.ts';

export function reduceReconnect(
  state: State,
  action: Extract<Action, { type: 'reconnect:started' | 'reconnect:failed' }>,
): State {
  const { lost } = state;
  if (state.phase === 'exploring' && action.type === 'reconnect:started')
    return {
      ...state,
      phase: 'lost',
      lost: { reason: 'the transaction was rolled back', reconnecting: true, afresh: true },
      overlay: undefined,
      production: undefined,
      atProduction: false,
      startup: { steps: [] },
    };
  if (state.phase !== 'lost' || lost === undefined) return state;
  if (action.type === 'reconnect:started')
    return { ...state, lost: { reason: lost.reason, reconnecting: true }, startup: { steps: [] } };
  return { ...state, lost: { ...lost, reconnecting: false, failure: action.reason } };
}

/**
 * Nothing of the lost session is taken over but what the person chose: the new one reads another snapshot, on a server that
 * may have been restarted with a cold cache. Its first desired state goes out with the new revision: what was on is built anew.
 */
export function reconnected(state: State): State {
  return {
    ...state,
    phase: 'exploring',
    lost: undefined,
    plans: {},
    measurements: {},
    unused: {},
    verified: undefined,
    idle: false,
    revision: state.revision + 1,
  };
}

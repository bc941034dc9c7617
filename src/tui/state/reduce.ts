/** The one place where state changes: (state, action) → state, pure. */
import type { SessionEvent, StartupEvent } from '../../session/events.ts';
import { reduceKey } from './keys.ts';
import { reduceSession } from './session.ts';
import type { Action, State } from './types.ts';

export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case 'key:pressed':
      return reduceKey(state, action.press);
    case 'terminal:resized':
      return { ...state, size: action.size };
    case 'clock:ticked':
      return action.now === state.now ? state : { ...state, now: action.now };
    case 'startup:finished':
      // The first wish goes out with this: revision 1 is the baseline with the first query in view.
      return state.phase === 'starting' ? { ...state, phase: 'exploring', revision: 1 } : state;
    case 'startup:step':
    case 'startup:progress':
      return reduceStartup(state, action);
    case 'explorer:closing':
      return { ...state, phase: 'closing', overlay: undefined };
    default:
      return reduceSession(state, action satisfies SessionEvent);
  }
}

function reduceStartup(state: State, event: StartupEvent): State {
  if (event.type === 'startup:progress') return { ...state, startup: { ...state.startup, progress: event } };
  const steps = [...state.startup.steps, { message: event.message, since: state.now }];
  return { ...state, startup: { steps } };
}

/** What the lens reports, kept beside what the session on the database itself does. */
import { reduceSession } from './session.ts';
import type { Action, Production, State } from './state.ts';

const NOTHING: Production = {
  state: 'opening',
  words: '',
  notes: [],
  facts: undefined,
  builds: {},
  plans: {},
};

type ProductionAction = Extract<Action, { type: `production:${string}` }>;

export function reduceProduction(state: State, action: ProductionAction): State {
  const production = state.production ?? NOTHING;
  const became = (change: Partial<Production>): State => ({
    ...state,
    production: { ...production, ...change },
  });
  switch (action.type) {
    case 'production:opening':
      // Nothing known from another workload's lens holds any more.
      return { ...state, production: { ...NOTHING, words: action.words } };
    case 'production:opened':
      return became({ state: 'open', words: '', notes: action.notes });
    case 'production:failed':
      return {
        ...state,
        production: { ...NOTHING, state: 'failed', words: action.words },
        atProduction: false,
        message: action.words,
      };
    case 'production:event': {
      const { event } = action;
      if (event.type === 'session:lost') return { ...state, production: undefined, atProduction: false };
      const { builds, plans, session } = reduceSession(
        { ...state, builds: production.builds, plans: production.plans, session: production.facts },
        event,
      );
      return became({ builds, plans, facts: session });
    }
  }
}

/** The key: opens the lens the first time; then switches between its plans and those here. */
export function toggleProduction(state: State): State {
  if (state.production?.state === 'failed') return { ...state, production: undefined, atProduction: true };
  return { ...state, atProduction: !state.atProduction };
}

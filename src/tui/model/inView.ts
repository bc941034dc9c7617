/** The state as the screen shows it: while production is shown, its plans and sizes replace those of the database here. */
import type { OverlayKind, Planned, State } from '../state/state.ts';
import { BASELINE, desiredConfiguration } from './selectors.ts';

const shown = new WeakMap<State, State>();

/** The same for what it gave before. Nothing is ever run at production size: there are no run times. */
export function inView(state: State): State {
  const { production } = state;
  if (!isAtProduction(state) || production === undefined || production.plans === state.plans) return state;
  let view = shown.get(state);
  if (view === undefined) {
    view = {
      ...state,
      plansHere: state.plans,
      builds: production.builds,
      plans: production.plans,
      session: production.facts ?? state.session,
      measurements: {},
    };
    shown.set(state, view);
  }
  return view;
}

const fingerprintOf = (planned: Planned | undefined): string | undefined =>
  planned?.state === 'planned' ? planned.plan.fingerprint : undefined;

/** Whether production would choose another plan for a query than is chosen here; undefined while either is not known. */
export function differsAtProduction(state: State, queryId: string): boolean | undefined {
  const here = (state.plansHere ?? state.plans)[queryId];
  const there = state.production?.plans[queryId];
  const configurations = [BASELINE, desiredConfiguration(state)];
  const pairs = configurations.map(key => [fingerprintOf(here?.[key]), fingerprintOf(there?.[key])] as const);
  if (pairs.some(([one, other]) => one !== undefined && other !== undefined && one !== other)) return true;
  return pairs.some(([one, other]) => one === undefined || other === undefined) ? undefined : false;
}

/** Production is shown and its lens is open; until then the screen keeps the database here. */
export function isAtProduction({ atProduction, production }: State): boolean {
  return atProduction && production?.facts !== undefined;
}

/** What is shown is planned in a lens: production's of this database, or one that is all there is. */
export function isPlannedOnly(state: State): boolean {
  return isAtProduction(state) || state.session?.lens !== undefined;
}

/** These show the session on the database itself, whatever the panes show. */
const OF_SESSION: readonly OverlayKind[] = [
  'requirements',
  'evidence',
  'ledger',
  'lens',
  'advice',
  'settings',
  'suggestions',
];

export const isOfSession = ({ kind }: NonNullable<State['overlay']>): boolean => OF_SESSION.includes(kind);

/** Whether nothing on the screen was measured: what lies over the panes may be of the database here while they are production's. */
export function showsPlanned(state: State): boolean {
  const { overlay, session } = state;
  if (session?.lens !== undefined) return true;
  if (overlay?.kind === 'advice')
    return state.adviceView.page === 'production' && state.productionSurvey !== undefined;
  return isAtProduction(state) && (overlay === undefined || overlay.kind === 'lens' || !isOfSession(overlay));
}

/** Pages that lie over the panes: opened and closed by their key. */
import { activities } from '../model/activities.ts';
import { toggleProduction } from '../state/production.ts';
import type { OverlayKind, State } from '../state/state.ts';
import { pausedOrResumed } from '../state/survey.ts';
import type { Changes } from './changes.ts';
import { closed } from './listKeys.ts';

const open = (state: State, kind: OverlayKind): State => ({ ...state, overlay: { kind, scroll: 0 } });

const toggling = (kind: OverlayKind) => (state: State) =>
  state.overlay?.kind === kind ? { ...state, overlay: undefined } : open(state, kind);

/** A survey in the background is paused, not cancelled: a question that failed would be missing from its result. */
function cancelled(state: State): State {
  if (state.survey?.state !== 'running' || activities(state).length > 0) return state;
  return { ...pausedOrResumed(state), message: 'the survey is paused; A, then p goes on' };
}

export const pageKeys = {
  sql: toggling('sql'),
  ddl: toggling('ddl'),
  summary: toggling('summary'),
  problems: toggling('problems'),
  help: toggling('help'),
  marks: toggling('marks'),
  ledger: toggling('ledger'),
  requirements: toggling('requirements'),
  lens: toggling('lens'),
  // Text that was being typed when the connection was lost is dropped.
  settings: state => toggling('settings')({ ...state, settings: { ...state.settings, typing: undefined } }),
  'open-ddl': state => open(state, 'ddl'),
  'open-node': state => open(state, 'node'),
  'open-plan': state => ({ ...state, focus: 'plan' }),
  'open-evidence': state => ({
    ...state,
    overlay: { kind: 'evidence', scroll: 0, row: state.overlay?.scroll ?? 0 },
  }),
  // Evidence was opened from its requirement.
  close: state =>
    closed(state, ({ overlay }) => ({
      ...state,
      overlay: overlay?.kind === 'evidence' ? { kind: 'requirements', scroll: overlay.row ?? 0 } : undefined,
    })),
  history: toggling('history'),
  mouse: state => ({
    ...state,
    mouse: !state.mouse,
    message: state.mouse
      ? 'the mouse selects text; m gives it back'
      : 'the mouse scrolls, selects and switches',
  }),
  production: toggleProduction,
  cancel: cancelled,
} satisfies Changes;

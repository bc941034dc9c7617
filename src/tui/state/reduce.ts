/** The one place where state changes: (state, action) → state, pure. */
import { flattenPlan } from '../../plan/tree.ts';
import type { SessionEvent, StartupEvent } from '../../session/events.ts';
import { newEditor } from '../editor/editor.ts';
import { reduceKey } from '../keys/changes.ts';
import { clicked, wheeled } from '../keys/mouse.ts';
import { shownPlan } from '../model/scene.ts';
import { configurationNow, keyOf } from '../model/tried.ts';
import { INITIAL_VIEW } from '../planView/view.ts';
import { reduceWritten } from './folder.ts';
import { initialState } from './initial.ts';
import { reduceProduction } from './production.ts';
import { withProposal } from './propose.ts';
import { reconnected, reduceReconnect, reduceSession } from './session.ts';
import type { Action, State } from './state.ts';
import { reduceSuggest, withSearchOf } from './suggest.ts';
import { reduceSurvey, withProductionSurveyOf, withSurveyOf } from './survey.ts';

export function reduce(state: State, action: Action): State {
  const next = reduceAction(state, action);
  return next === state
    ? state
    : withTrialOf(
        state,
        withSearchOf(state, withProductionSurveyOf(state, withSurveyOf(state, withFittingView(state, next)))),
      );
}

/** Limit of configuration changes that can be undone. */
const MOST_UNDONE = 100;

/** What is on has changed: it was tried, and can be taken back. */
function withTrialOf(before: State, after: State): State {
  // Most actions are news of the session: nothing to compare.
  if (after.revision === before.revision) return after;
  const now = configurationNow(after);
  const key = keyOf(now);
  const isTried = after.revision === 0 || after.tried.some(one => keyOf(one) === key);
  const tried = isTried ? after.tried : [...after.tried, { ...now, at: after.now }];
  const was = configurationNow(before);
  const isChanged = after.revision > 1 && keyOf(was) !== key && after.undo === before.undo;
  const undo = isChanged ? [...after.undo, was].slice(-MOST_UNDONE) : after.undo;
  return isTried && !isChanged ? after : { ...after, tried, undo };
}

/** Another plan on a side: what was collapsed there means nothing any more, and the cursor must be on a node. */
function withFittingView(before: State, after: State): State {
  let { view } = after;
  for (const side of ['before', 'after'] as const) {
    const plan = shownPlan(after, side);
    if (plan === undefined || shownPlan(before, side)?.fingerprint === plan.fingerprint) continue;
    const cursor = { ...view.cursor, [side]: Math.min(view.cursor[side], flattenPlan(plan).length - 1) };
    view = { ...view, cursor, collapsed: { ...view.collapsed, [side]: INITIAL_VIEW.collapsed[side] } };
  }
  return view === after.view ? after : { ...after, view };
}

function reduceAction(state: State, action: Action): State {
  switch (action.type) {
    case 'key:pressed':
      return reduceKey(state, action.press);
    case 'terminal:resized':
      return { ...state, size: action.size };
    case 'clock:ticked':
      return action.now === state.now ? state : { ...state, now: action.now };
    case 'plan:ready':
      return { ...state };
    case 'workload:read':
      return state.phase === 'starting'
        ? initialState(action.workload, action.target, state.size, state.now, action.settings)
        : state;
    case 'startup:finished':
      // The first desired state goes out with this: revision 1 is the baseline with the first query in view.
      if (state.phase === 'starting') return { ...state, phase: 'exploring', revision: 1 };
      return state.phase === 'lost' ? reconnected(state) : state;
    case 'reconnect:started':
    case 'reconnect:failed':
      return reduceReconnect(state, action);
    case 'startup:step':
    case 'startup:progress':
      return reduceStartup(state, action);
    case 'preflight:asked':
      return state.phase === 'starting'
        ? { ...state, phase: 'asking', asked: { lines: action.lines, scroll: 0 } }
        : state;
    case 'preflight:answered':
      return state.phase === 'asking' ? { ...state, phase: 'starting', asked: undefined } : state;
    case 'proposal:written':
      return withProposal(state, action.proposal);
    case 'proposal:refused':
      return state.editor === undefined
        ? state
        : { ...state, editor: { ...state.editor, busy: false, refused: action.lines } };
    case 'proposal:typed':
      return state.editor === undefined
        ? state
        : { ...state, editor: newEditor(action.text, state.editor.editing) };
    case 'proposal:saved':
      return {
        ...state,
        unsaved: new Set([...state.unsaved].filter(id => id !== action.id)),
        written: new Set([...state.written, action.id]),
        message: `written to ${action.file}`,
      };
    case 'mouse:clicked':
      return clicked(state, action.at);
    case 'mouse:wheeled':
      return wheeled(state, action.at, action.down, action.extent);
    case 'question:asked':
      return { ...state, question: action.question };
    case 'message:said':
      return { ...state, message: action.text };
    case 'production:opening':
    case 'production:opened':
    case 'production:failed':
    case 'production:event':
      return reduceProduction(state, action);
    case 'survey:progressed':
    case 'survey:advised':
    case 'survey:ended':
      return reduceSurvey(state, action);
    case 'suggest:progressed':
    case 'suggest:found':
    case 'suggest:ended':
    case 'suggest:broken':
    case 'suggest:saved':
    case 'suggest:unsaved':
      return reduceSuggest(state, action);
    case 'change:written':
    case 'change:refused':
      return reduceWritten(state, action);
    case 'unused:explained':
      return { ...state, unused: { ...state.unused, [action.key]: action.explained } };
    case 'explorer:closing':
      return { ...state, phase: 'closing', overlay: undefined };
    default:
      return reduceSession(state, action satisfies SessionEvent);
  }
}

function reduceStartup(
  state: State,
  event: Extract<StartupEvent, { type: 'startup:step' | 'startup:progress' }>,
): State {
  if (event.type === 'startup:progress') return { ...state, startup: { ...state.startup, progress: event } };
  const steps = [...state.startup.steps, { message: event.message, since: state.now }];
  return { ...state, startup: { steps } };
}

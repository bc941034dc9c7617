/** What a key press changes. Effects on the session follow from the difference, in effects.ts. */

import { reduceEditor } from '../editor/reduce.ts';
import type { CommandId, Press } from '../keymap.ts';
import { bothPlansVisible } from '../layout.ts';
import { placeOf, proposalUnderCursor } from '../model/selectors.ts';
import { isMove, target } from '../move.ts';
import { activities } from '../panes/status.ts';
import { askedLines, askedRoom } from '../screens/preflight.ts';
import { reduceAdvice, toggleAdvice } from './advice.ts';
import { chooseNumber, nextValues } from './choose.ts';
import { reduceFolder } from './folder.ts';
import { reduceMove, reducePlan } from './moves.ts';
import { toggleProduction } from './production.ts';
import { startEdit, startNew, withoutProposal } from './propose.ts';
import { reduceSettingKey, reduceTypingKey } from './settings.ts';
import { reduceSuggestionFolder, reduceSuggestionKey, savedOne, toggleSuggestions } from './suggest.ts';
import { pausedOrResumed } from './survey.ts';
import { allOrNone, onlyThis, switchProposal } from './switches.ts';
import type { OverlayKind, PaneId, Side, State } from './types.ts';

export function reduceKey(state: State, { command, key }: Press): State {
  const place = placeOf(state);
  if (place === 'asking') return scrollAsked(state, command);
  if (place === 'starting' || place === 'lost') return state;
  if (state.editor !== undefined && place === 'editing') {
    const editor = reduceEditor(state.editor, command, key, state.session?.columns ?? {});
    return { ...state, editor };
  }
  if (place === 'typing') return reduceTypingKey(state, command, key);
  if (place === 'folder')
    return state.overlay?.kind === 'suggestions'
      ? reduceSuggestionFolder(state, command, key)
      : reduceFolder(state, command, key);
  const read = state.message === undefined ? state : { ...state, message: undefined };
  const set = place === 'settings' ? reduceSettingKey(read, command) : undefined;
  const advised = place === 'advice' ? reduceAdvice(read, command, key) : undefined;
  const suggested = place === 'suggestions' ? reduceSuggestionKey(read, command) : undefined;
  return set ?? advised ?? suggested ?? reduceCommand(read, command, key);
}

function reduceCommand(state: State, command: CommandId, key: string): State {
  switch (command) {
    case 'up':
    case 'down':
    case 'page-up':
    case 'page-down':
    case 'top':
    case 'bottom':
      return reduceMove(state, command, key);
    case 'query':
      return chooseNumber(state, Number(key));
    case 'values':
      return nextValues(state);
    case 'next-pane':
      return cyclePane(state, 1);
    case 'previous-pane':
      return cyclePane(state, -1);
    case 'switch': {
      const proposal = proposalUnderCursor(state);
      return proposal === undefined ? state : switchProposal(state, proposal.id);
    }
    case 'all':
      return allOrNone(state);
    case 'only': {
      const proposal = proposalUnderCursor(state);
      return proposal === undefined ? state : onlyThis(state, proposal.id);
    }
    case 'open':
      return open(state);
    case 'sql':
    case 'ddl':
    case 'summary':
    case 'problems':
    case 'help':
    case 'ledger':
    case 'requirements':
    case 'lens':
      return toggleOverlay(state, command);
    case 'production':
      return toggleProduction(state);
    case 'settings':
      // What was being typed when the connection was lost is forgotten.
      return toggleOverlay({ ...state, settings: { ...state.settings, typing: undefined } }, command);
    case 'advice':
      return toggleAdvice(state);
    case 'suggest':
      return toggleSuggestions(state);
    case 'save-proposal':
      return savedOne(state);
    case 'new-proposal':
      return startNew(state);
    case 'paste':
      return pasted(state, key);
    case 'edit-proposal':
      return startEdit(state);
    case 'remove-proposal':
      return withoutProposal(state);
    case 'close':
      return { ...state, overlay: behind(state) };
    case 'zoom':
      return { ...state, zoomed: !state.zoomed };
    case 'cancel':
      return cancelled(state);
    case 'measure-again':
    case 'quit':
    case 'confirm':
    case 'interrupt':
    case 'suspend':
    case 'reconnect':
    case 'restart':
    case 'copy-node':
    case 'copy-plan':
      return state;
    default:
      return reducePlan(state, command, key);
  }
}

/** Over the panes it begins a proposal; a paste never presses keys. */
function pasted(state: State, text: string): State {
  const place = placeOf(state);
  if (place === 'search') return reducePlan(state, 'paste', text);
  return place === 'proposals' || place === 'queries' || place === 'plan'
    ? startNew(state, text.trim())
    : state;
}

/** A survey of which nothing else is to be seen is paused: what it asks must not fail, or it would be missing in the end. */
function cancelled(state: State): State {
  if (state.survey?.state !== 'running' || activities(state).length > 0) return state;
  return { ...pausedOrResumed(state), message: 'the survey is paused; A, then p goes on' };
}

/** Where both plans are on the screen each of them is a stop of its own. */
function cyclePane(state: State, step: 1 | -1): State {
  const both = bothPlansVisible({ ...state, zoomed: false });
  const stops: readonly { readonly focus: PaneId; readonly side: Side }[] = [
    { focus: 'proposals', side: state.view.side },
    { focus: 'queries', side: state.view.side },
    ...(both
      ? ([
          { focus: 'plan', side: 'before' },
          { focus: 'plan', side: 'after' },
        ] as const)
      : [{ focus: 'plan' as const, side: state.view.side }]),
  ];
  const at = stops.findIndex(
    stop => stop.focus === state.focus && (stop.focus !== 'plan' || !both || stop.side === state.view.side),
  );
  const next = stops[(at + step + stops.length) % stops.length];
  return next === undefined
    ? state
    : { ...state, focus: next.focus, view: { ...state.view, side: next.side } };
}

/** The preflight may be longer than the screen. */
function scrollAsked(state: State, command: CommandId): State {
  const { asked } = state;
  if (asked === undefined || !isMove(command)) return state;
  const room = askedRoom(state);
  const last = Math.max(1, askedLines(state).length - room + 1);
  return { ...state, asked: { ...asked, scroll: target(command, asked.scroll, last, room) } };
}

const OPENS: Readonly<Record<PaneId, OverlayKind | undefined>> = {
  proposals: 'ddl',
  plan: 'node',
  queries: undefined,
};

function open(state: State): State {
  const { overlay } = state;
  if (overlay?.kind === 'requirements')
    return { ...state, overlay: { kind: 'evidence', scroll: 0, row: overlay.scroll } };
  if (overlay !== undefined) return state;
  const kind = OPENS[state.focus];
  return kind === undefined ? { ...state, focus: 'plan' } : { ...state, overlay: { kind, scroll: 0 } };
}

/** Evidence was opened from its requirement. */
function behind({ overlay }: State): State['overlay'] {
  return overlay?.kind === 'evidence' ? { kind: 'requirements', scroll: overlay.row ?? 0 } : undefined;
}

function toggleOverlay(state: State, kind: OverlayKind): State {
  return { ...state, overlay: state.overlay?.kind === kind ? undefined : { kind, scroll: 0 } };
}

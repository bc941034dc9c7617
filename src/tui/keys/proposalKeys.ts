/** Switching, writing and leaving out proposals. The switch flips here, at once; the session follows. */
import { factsOf } from '../../workload/proposalKinds.ts';
import { reduceEditor } from '../editor/editor.ts';
import { proposalUnderCursor } from '../model/selectors.ts';
import { startEdit, startNew, withoutProposal } from '../state/propose.ts';
import type { Configuration, State } from '../state/state.ts';
import { savedOne } from '../state/suggest.ts';
import type { Changes } from './changes.ts';

function withOn(state: State, chosen: ReadonlySet<string>, beforeOnly?: readonly string[]): State {
  const on = state.workload.proposals.map(proposal => proposal.id).filter(id => chosen.has(id));
  return { ...state, on, beforeOnly, idle: false, revision: state.revision + 1 };
}

function switched(state: State, id: string): State {
  const chosen = new Set(state.on);
  if (!chosen.delete(id)) chosen.add(id);
  return withOn(state, chosen);
}

/** Switches to this configuration; one that is on already is no new desired state. Ids that are gone are left out. */
export function switchTo(state: State, proposals: readonly string[]): State {
  const next = withOn(state, new Set(proposals));
  return next.on.join(' ') === state.on.join(' ') ? state : next;
}

/** All on; when they are, all off. Indexes that exist stay as they are: each is a question of its own. */
function allOrNone(state: State): State {
  const all = state.workload.proposals.filter(one => !factsOf(one).standsForExisting).map(({ id }) => id);
  const others = state.on.filter(id => !all.includes(id));
  const none = all.every(id => state.on.includes(id));
  return withOn(state, new Set(none ? others : [...others, ...all]));
}

/** Only this one (for an existing index: everything as it is but for that index); a second time restores what was on before. */
function onlyThis(state: State, id: string): State {
  const alone = state.on.length === 1 && state.on[0] === id;
  if (alone && state.beforeOnly !== undefined) return withOn(state, new Set(state.beforeOnly));
  return alone ? state : withOn(state, new Set([id]), state.on);
}

/** Restores an earlier configuration, without proposals that are gone. */
export function restored(state: State, { on, changed }: Configuration): State {
  const settings: State = { ...state, settings: { ...state.settings, changed } };
  return withOn(settings, new Set(on));
}

function undone(state: State): State {
  const last = state.undo.at(-1);
  return last === undefined ? state : restored({ ...state, undo: state.undo.slice(0, -1) }, last);
}

const ofProposal = (change: (state: State, id: string) => State) => (state: State) => {
  const proposal = proposalUnderCursor(state);
  return proposal === undefined ? state : change(state, proposal.id);
};

const inEditor = (command: 'submit' | 'complete' | 'cancel') => (state: State) =>
  state.editor === undefined
    ? state
    : { ...state, editor: reduceEditor(state.editor, command, state.session?.columns ?? {}) };

export const proposalKeys = {
  switch: ofProposal(switched),
  all: allOrNone,
  only: ofProposal(onlyThis),
  undo: undone,
  'new-proposal': state => startNew(state),
  'edit-proposal': startEdit,
  'remove-proposal': withoutProposal,
  'save-proposal': savedOne,
  'edit-submit': inEditor('submit'),
  'edit-complete': inEditor('complete'),
  'edit-cancel': inEditor('cancel'),
} satisfies Changes;

/** The search for suggestions: begun, followed, stopped; what it finds comes into the list of proposals, switched off. */

import type { Suggested, Suggestion } from '../../suggestion/suggested.ts';
import { factsOf, isSameProposal } from '../../workload/proposalKinds.ts';
import type { Proposal, Query, Workload } from '../../workload/workload.ts';
import type { FolderPrompt } from '../advice/adviceView.ts';
import { proposalUnderCursor } from '../model/selectors.ts';
import { promptFor } from './folder.ts';
import { withoutKnowledge } from './propose.ts';
import type { Action, State } from './state.ts';

export interface SuggestionSearch {
  /** Counts the searches of this explorer: what an older one still reports is dropped. */
  readonly run: number;
  /** 'stopping': its sessions are being closed. */
  readonly state: 'searching' | 'stopping' | 'ended' | 'stopped' | 'failed';
  /** Why it failed, or was stopped. */
  readonly why: string | undefined;
  /** What it does now. */
  readonly words: string;
  /** Epoch ms of its beginning, and of its end. */
  readonly since: number;
  readonly until: number | undefined;
  /** While it runs: the best answer so far. */
  readonly found: Suggested | undefined;
  /** The page was open since it ended. */
  readonly seen: boolean;
  /** The new folder for its suggestions, while it is typed. */
  readonly folder: FolderPrompt | undefined;
  /** Being written: ids, and the new folder; undefined is the workload's own. */
  readonly saving: { readonly ids: readonly string[]; readonly folder: string | undefined } | undefined;
  /** The result of writing, until one of its own keys is pressed. */
  readonly said: string | undefined;
}

type Reported = Extract<Action, { type: `suggest:${string}` }>;

export const isSearching = ({ suggestions }: State): boolean =>
  suggestions?.state === 'searching' || suggestions?.state === 'stopping';

/** The suggestion that a proposal is; undefined for the workload's own, and for one that was edited since. */
export function suggestionOf(
  { suggested }: Pick<State, 'suggested'>,
  proposal: Proposal,
): Suggestion | undefined {
  const suggestion = suggested.get(proposal.id);
  return suggestion?.proposal === proposal ? suggestion : undefined;
}

/** Why no search can begin now; undefined where one can. */
export function cannotSuggest({ phase, session, workload, builds }: State): string | undefined {
  if (phase !== 'exploring' || session === undefined) return 'there is no session';
  if (workload.queries.length === 0) return 'the workload has no queries';
  // Both transactions would want the table to themselves.
  const isBuilt = workload.proposals.some(
    one => !factsOf(one).standsForExisting && builds[one.id]?.state === 'built',
  );
  return session.hiding === 'drop' && isBuilt
    ? 'what this role built here locks its tables: R (start afresh) first'
    : undefined;
}

/** The key: the first press begins a search, later ones open and close its page. */
export function toggleSuggestions(state: State): State {
  if (state.overlay?.kind === 'suggestions') return { ...state, overlay: undefined };
  const { suggestions } = state;
  if (suggestions === undefined) return begunSearch(state);
  return {
    ...state,
    overlay: { kind: 'suggestions', scroll: 0 },
    suggestions: { ...suggestions, seen: true, said: undefined },
  };
}

export function begunSearch(state: State): State {
  return {
    ...state,
    suggestions: {
      run: (state.suggestions?.run ?? 0) + 1,
      state: 'searching',
      why: undefined,
      words: 'beginning',
      since: state.now,
      until: undefined,
      found: undefined,
      seen: false,
      folder: undefined,
      saving: undefined,
      said: undefined,
    },
  };
}

export const stoppedSearch = (state: State): State => became(state, { state: 'stopping' });

export const unsavedSuggestions = (state: State): readonly Suggestion[] =>
  state.workload.proposals.flatMap(proposal => {
    const suggestion = suggestionOf(state, proposal);
    return suggestion !== undefined && state.unsaved.has(proposal.id) ? [suggestion] : [];
  });

/** Into the workload's own folder, or into a new one where that is the program's. */
export function saved(state: State): State {
  const ids = unsavedSuggestions(state).map(({ proposal }) => proposal.id);
  return state.target.hasFolder === true
    ? became(state, { saving: { ids, folder: undefined } })
    : {
        ...became(state, { folder: promptFor('suggested', ids) }),
        overlay: { kind: 'suggestions', scroll: 0 },
      };
}

/** The one under the cursor, with its rewrites, into the workload's own folder. */
export function savedOne(state: State): State {
  const proposal = proposalUnderCursor(state);
  if (proposal === undefined || suggestionOf(state, proposal) === undefined) return state;
  return became(state, { saving: { ids: [proposal.id], folder: undefined } });
}

export function reduceSuggest(state: State, action: Reported): State {
  const { suggestions } = state;
  if (suggestions === undefined) return state;
  if (action.type === 'suggest:saved') {
    const where = action.folder === undefined ? '' : ` ${action.folder}:`;
    const said = `wrote${where} ${[...action.files].sort().join(', ')}`;
    const unsaved = new Set([...state.unsaved].filter(id => !action.ids.includes(id)));
    // Files in another folder are not this workload's.
    const written = new Set([...state.written, ...(action.folder === undefined ? action.ids : [])]);
    return { ...reported(state, said), unsaved, written };
  }
  if (action.type === 'suggest:unsaved') {
    const { folder } = suggestions;
    return folder === undefined
      ? reported(state, action.reason)
      : became(state, { saving: undefined, folder: { ...folder, busy: false, refused: action.reason } });
  }
  if (suggestions.run !== action.run) return state;
  switch (action.type) {
    case 'suggest:progressed':
      return became(state, { words: action.words });
    case 'suggest:found':
      return became(state, { found: action.found });
    case 'suggest:broken':
      return became(state, {
        state: action.why === undefined ? 'stopped' : 'failed',
        why: action.why ?? suggestions.why,
        until: state.now,
        seen: state.overlay?.kind === 'suggestions',
      });
    case 'suggest:ended': {
      const ended = became(state, {
        state: suggestions.state === 'stopping' ? 'stopped' : 'ended',
        found: action.found,
        until: state.now,
        seen: state.overlay?.kind === 'suggestions',
      });
      return state.phase === 'exploring' ? withSuggestions(ended, action.found) : ended;
    }
  }
}

/** Where the page is open it says so itself. */
function reported(state: State, said: string): State {
  const done = became(state, { saving: undefined, folder: undefined });
  return state.overlay?.kind === 'suggestions' ? became(done, { said }) : { ...done, message: said };
}

/** Without its session the search cannot try anything: it ends. */
export function withSearchOf(before: State, after: State): State {
  return after.phase === 'lost' && before.phase !== 'lost' && after.suggestions?.state === 'searching'
    ? became(after, { state: 'stopping', why: 'its session is gone' })
    : after;
}

/** Names that the workload's own proposals have: a suggestion beside them must have another. */
export function takenNames(state: State): ReadonlySet<string> {
  const own = state.workload.proposals.filter(one => suggestionOf(state, one) === undefined);
  return new Set(
    own.flatMap(({ id, statements }) => [id, ...statements.flatMap(({ creates }) => creates ?? [])]),
  );
}

/** What is recommended comes last in the list, switched off. One that is there already is marked instead. */
function withSuggestions(state: State, { suggestions, recommended }: Suggested): State {
  const suggested = new Map(state.suggested);
  const proposals = [...state.workload.proposals];
  const unsaved = new Set(state.unsaved);
  const added: Suggestion[] = [];
  let known = state;
  for (const one of suggestions.filter(({ proposal }) => recommended.includes(proposal.id))) {
    const same = proposals.find(proposal => isSameProposal(proposal, one.proposal));
    if (same !== undefined) {
      suggested.set(same.id, { ...one, proposal: same });
      continue;
    }
    const { id } = one.proposal;
    const suggestion = { ...one, proposal: { ...one.proposal, file: NO_FILE } };
    const at = proposals.findIndex(proposal => proposal.id === id);
    // An earlier search used this name for another proposal.
    if (at >= 0) known = withoutKnowledge(known, id);
    proposals.splice(at < 0 ? proposals.length : at, at < 0 ? 0 : 1, suggestion.proposal);
    suggested.set(id, suggestion);
    unsaved.add(id);
    added.push(suggestion);
  }
  const message =
    recommended.length === 0
      ? 'the search ended: nothing to suggest (S says why)'
      : `${added.length === 1 ? '1 suggestion is' : `${added.length} suggestions are`} new in the list, marked *: S says what for`;
  if (added.length === 0) return { ...state, suggested, message };
  return {
    ...known,
    suggested,
    unsaved,
    message,
    idle: false,
    revision: known === state ? state.revision : state.revision + 1,
    workload: { ...state.workload, proposals, queries: withRewrites(state.workload, added) },
  };
}

/** As `new proposal` is for one that was written here. */
const NO_FILE = 'suggestion, not saved';

const withRewrites = ({ queries }: Workload, added: readonly Suggestion[]): readonly Query[] =>
  queries.map(query => {
    const fresh = added.flatMap(({ rewrites }) => rewrites.filter(one => one.query === query.id));
    if (fresh.length === 0) return query;
    const kept = query.rewrites.filter(({ id }) => fresh.every(one => one.id !== id));
    return { ...query, rewrites: [...kept, ...fresh] };
  });

const became = (state: State, change: Partial<SuggestionSearch>): State =>
  state.suggestions === undefined ? state : { ...state, suggestions: { ...state.suggestions, ...change } };

/** The prompt for a new folder: of the change that is written from the advice, or of the suggestions that are saved. */

import type { FolderPrompt } from '../advice/adviceView.ts';
import { configurationAt } from '../advice/rows.ts';
import { textAtEnd } from '../editor/text.ts';
import type { Action, State } from './state.ts';
import { isUnderWay } from './survey.ts';

const SUGGESTED = 'change';

/** @param name The folder's, to begin with. */
export const promptFor = (name: string, kept: readonly string[]): FolderPrompt => ({
  ...textAtEnd(name),
  kept,
  busy: false,
  refused: undefined,
});

/** The prompt of the open page. */
export const folderOf = ({ overlay, suggestions, adviceView }: State): FolderPrompt | undefined =>
  overlay?.kind === 'suggestions' ? suggestions?.folder : adviceView.folder;

export function withFolder(state: State, folder: FolderPrompt | undefined): State {
  const { overlay, suggestions, adviceView } = state;
  return overlay?.kind === 'suggestions' && suggestions !== undefined
    ? { ...state, suggestions: { ...suggestions, folder } }
    : withChangeFolder(state, folder, adviceView);
}

const withChangeFolder = (
  state: State,
  folder: FolderPrompt | undefined,
  adviceView = state.adviceView,
): State => ({ ...state, adviceView: { ...adviceView, folder } });

/** Enter: without a name nothing is written. */
export function folderEntered(state: State): State {
  const folder = folderOf(state);
  if (folder === undefined || folder.busy) return state;
  if (folder.text.trim() === '') return withFolder(state, undefined);
  const busy = withFolder(state, { ...folder, busy: true });
  const { suggestions } = busy;
  if (state.overlay?.kind !== 'suggestions' || suggestions === undefined) return busy;
  const saving = { ids: folder.kept, folder: folder.text.trim() };
  return { ...busy, suggestions: { ...suggestions, saving } };
}

export function prompted(state: State): State {
  const kept = configurationAt(state);
  return kept === undefined ? state : withChangeFolder(state, promptFor(SUGGESTED, kept));
}

/** Why no change can be written; undefined where one can. */
export function cannotWrite(state: State): string | undefined {
  const { survey } = state;
  if (survey?.state === 'stale') return `the survey is out of date: ${survey.why ?? ''}; r begins again`;
  if (isUnderWay(state)) return 'the survey is under way: wait for its end, or stop it (x)';
  if (survey === undefined && state.adviceView.page === 'production')
    return 'a change is written of a survey here (1), and there is none';
  const kept = configurationAt(state);
  if (survey === undefined || kept === undefined) return 'nothing to write: no configuration is known yet';
  if (kept.length === 0) return 'nothing to write: it is the database as it is';
  const known = new Set(survey.advice?.proposals.map(({ id }) => id));
  const unknown = kept.find(id => !known.has(id));
  return unknown === undefined ? undefined : `${unknown} is on, and was left out of the survey`;
}

/** It stays open where it was refused, so that another folder can be named. */
export function reduceWritten(
  state: State,
  action: Extract<Action, { type: 'change:written' | 'change:refused' }>,
): State {
  if (action.type === 'change:written')
    return withSaid(
      withChangeFolder(state, undefined),
      `wrote ${action.folder}: ${[...action.files].sort().join(', ')}`,
    );
  const { folder } = state.adviceView;
  return folder === undefined
    ? withSaid(state, `not written: ${action.reason}`)
    : withChangeFolder(state, { ...folder, busy: false, refused: action.reason });
}

const withSaid = (state: State, said: string): State => ({
  ...state,
  adviceView: { ...state.adviceView, said },
});

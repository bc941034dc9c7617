/** The folder that a change is to be written to: one line, typed in the advice. */
import { configurationAt } from '../advice/rows.ts';
import type { FolderPrompt } from '../advice/types.ts';
import { textKeyOf } from '../editor/reduce.ts';
import { characterOf, edited, inOneLine, inserted } from '../editor/text.ts';
import type { CommandId } from '../keymap.ts';
import { isUnderWay } from './survey.ts';
import type { Action, State } from './types.ts';

const SUGGESTED = 'change';

/** Asks for it, or says why nothing can be written. */
export function prompted(state: State): State {
  const kept = configurationAt(state);
  const refused = whyNot(state, kept);
  if (refused !== undefined || kept === undefined) return withSaid(state, refused);
  return withFolder(state, promptFor(SUGGESTED, kept));
}

/** @param name The folder's, to begin with. */
export const promptFor = (name: string, kept: readonly string[]): FolderPrompt => ({
  text: name,
  at: [...name].length,
  kept,
  busy: false,
  refused: undefined,
});

function whyNot(state: State, kept: readonly string[] | undefined): string | undefined {
  const { survey } = state;
  if (survey?.state === 'stale')
    return `nothing is written of a survey that is out of date: ${survey.why ?? ''}; r begins again`;
  if (isUnderWay(state))
    return 'the survey is under way: wait for its end, or stop it (x), and the report has what is known';
  if (survey === undefined && state.adviceView.page === 'production')
    return 'nothing to write: a change is written of a survey here (1), and there is none';
  if (survey === undefined || kept === undefined) return 'nothing to write: no configuration is known yet';
  if (kept.length === 0) return 'nothing to write: it is the database as it is';
  const known = new Set(survey.advice?.proposals.map(({ id }) => id));
  const unknown = kept.find(id => !known.has(id));
  return unknown === undefined ? undefined : `${unknown} is on, and was left out of the survey`;
}

export function reduceFolder(state: State, command: CommandId, key: string): State {
  const { folder } = state.adviceView;
  return folder === undefined ? state : withFolder(state, folderAfter(folder, command, key));
}

/** undefined: nothing is to be written. */
export function folderAfter(folder: FolderPrompt, command: CommandId, key: string): FolderPrompt | undefined {
  if (command === 'folder-cancel') return undefined;
  if (folder.busy) return folder;
  if (command === 'folder-write') return folder.text.trim() === '' ? undefined : { ...folder, busy: true };
  const textKey = textKeyOf(command);
  if (textKey !== undefined) return { ...folder, ...edited(folder, textKey), refused: undefined };
  if (command !== 'edit-type' && command !== 'paste') return folder;
  const text = command === 'paste' ? inOneLine(key) : characterOf(key);
  return { ...folder, ...inserted(folder, text), refused: undefined };
}

/** It stays open where it was refused, so that another folder can be named. */
export function reduceWritten(
  state: State,
  action: Extract<Action, { type: 'change:written' | 'change:refused' }>,
): State {
  if (action.type === 'change:written')
    return withSaid(
      withFolder(state, undefined),
      `wrote ${action.folder}: ${[...action.files].sort().join(', ')}`,
    );
  const { folder } = state.adviceView;
  return folder === undefined
    ? withSaid(state, `not written: ${action.reason}`)
    : withFolder(state, { ...folder, busy: false, refused: action.reason });
}

const withFolder = (state: State, folder: FolderPrompt | undefined): State => ({
  ...state,
  adviceView: { ...state.adviceView, folder },
});

const withSaid = (state: State, said: string | undefined): State => ({
  ...state,
  adviceView: { ...state.adviceView, said },
});

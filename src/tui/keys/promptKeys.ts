/** The one text input: which prompt is open, and what a character, a paste or a text key makes of its text. */
import { type EditedText, TEXT_COMMANDS, type TextCommand, textAfter } from '../editor/text.ts';
import { rowsWithFocus } from '../model/lists.ts';
import { sceneOf } from '../model/scene.ts';
import { listAt, placeOf, placeUnder } from '../model/selectors.ts';
import { searched } from '../planView/planKeys.ts';
import { folderOf, withFolder } from '../state/folder.ts';
import { startNew } from '../state/propose.ts';
import type { Filter, ListId, State } from '../state/state.ts';
import type { Press } from './bindings.ts';
import type { Changes } from './changes.ts';
import { arrangedNow } from './moveKeys.ts';

interface Prompt {
  readonly text: EditedText;
  /** Its text is being worked on and cannot change. */
  readonly isBusy?: boolean;
  /** A paste keeps its lines. */
  readonly hasLines?: boolean;
  readonly put: (text: EditedText) => State;
}

/** The prompt that has the keyboard. */
function promptOf(state: State): Prompt | undefined {
  const { editor, settings, view } = state;
  switch (placeOf(state)) {
    case 'editing':
      return (
        editor && {
          text: editor,
          isBusy: editor.busy,
          hasLines: true,
          put: text => ({ ...state, editor: { ...editor, ...text, completion: undefined, refused: [] } }),
        }
      );
    case 'typing': {
      const { typing } = settings;
      return (
        typing && {
          text: typing,
          isBusy: typing.busy,
          put: text => ({
            ...state,
            settings: { ...settings, typing: { ...typing, ...text, refused: undefined } },
          }),
        }
      );
    }
    case 'folder': {
      const folder = folderOf(state);
      return (
        folder && {
          text: folder,
          isBusy: folder.busy,
          put: text => withFolder(state, { ...folder, ...text, refused: undefined }),
        }
      );
    }
    case 'search':
      return (
        view.search && {
          text: view.search,
          put: text => ({ ...state, view: searched(sceneOf(state), arrangedNow(state), text) }),
        }
      );
    case 'filter':
    case 'palette': {
      const list = listAt(placeUnder(state));
      const filter = list && state.filters[list];
      return filter && list && { text: filter, put: text => filtered(state, list, { ...filter, ...text }) };
    }
    default:
      return undefined;
  }
}

/** The cursor of the list goes to a row in view, but for the queries': the plan on the screen stays. */
function filtered(state: State, list: ListId, filter: Filter): State {
  const next: State = { ...state, filters: { ...state.filters, [list]: filter } };
  const rows = rowsWithFocus(next);
  if (list === 'palette') return { ...next, overlay: next.overlay && { ...next.overlay, scroll: 0 } };
  if (list === 'proposals')
    return rows?.includes(next.proposalCursor) === true || rows?.[0] === undefined
      ? next
      : { ...next, proposalCursor: rows[0] };
  const { overlay } = next;
  if (overlay === undefined) return next;
  const scroll = rows === undefined ? 0 : rows.includes(overlay.scroll) ? overlay.scroll : (rows[0] ?? 0);
  return { ...next, overlay: { ...overlay, scroll } };
}

const texting =
  (command: TextCommand) =>
  (state: State, { key }: Press) => {
    const prompt = promptOf(state);
    if (prompt !== undefined)
      return prompt.isBusy === true
        ? state
        : prompt.put(textAfter(prompt.text, command, key, prompt.hasLines));
    // Over the panes a paste begins a proposal; it never presses keys.
    return command === 'paste' && placeOf(state) === state.focus ? startNew(state, key.trim()) : state;
  };

export const promptKeys = Object.fromEntries(
  TEXT_COMMANDS.map(command => [command, texting(command)]),
) as Record<TextCommand, ReturnType<typeof texting>> satisfies Changes;

/** What keys do while a proposal is written. */
import type { CommandId } from '../keymap.ts';
import { type Columns, completed } from './complete.ts';
import { edited, inserted, type TextKey, typed } from './text.ts';
import type { Editor } from './types.ts';

const KEYS: Readonly<Partial<Record<CommandId, TextKey>>> = {
  'edit-left': 'left',
  'edit-right': 'right',
  'edit-home': 'home',
  'edit-end': 'end',
  'edit-erase': 'erase',
  'edit-erase-word': 'erase-word',
  'edit-erase-all': 'erase-all',
};

/** What a key does to a line of text; undefined of any other. */
export const textKeyOf = (command: CommandId): TextKey | undefined => KEYS[command];

/** undefined when the editor closes. */
export function reduceEditor(
  editor: Editor,
  command: CommandId,
  key: string,
  columns: Columns,
): Editor | undefined {
  if (command === 'edit-cancel') return undefined;
  if (editor.busy) return editor;
  const still = { ...editor, completion: undefined, refused: [] };
  const textKey = KEYS[command];
  if (textKey !== undefined) return { ...still, ...edited(editor, textKey) };
  switch (command) {
    case 'edit-type':
      return { ...still, ...typed(editor, key) };
    case 'paste':
      return { ...still, ...inserted(editor, key) };
    case 'edit-complete': {
      const { edited: text, completion } = completed(editor, columns, editor.completion);
      return { ...editor, ...text, completion, refused: [] };
    }
    case 'edit-submit':
      return editor.text.trim() === '' ? undefined : { ...still, busy: true };
    default:
      return editor;
  }
}

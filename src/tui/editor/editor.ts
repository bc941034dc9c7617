/** A proposal being written in the explorer, and what its own keys do; those of any line of text are in text.ts. */
import { type Columns, type Completion, completed } from './complete.ts';
import type { EditedText } from './text.ts';

export interface Editor extends EditedText {
  /** Id of the proposal that is edited; undefined for a new one. */
  readonly editing: string | undefined;
  readonly completion: Completion | undefined;
  /** What the grammar objected to, with the lines that show where. */
  readonly refused: readonly string[];
  /** Being parsed: a second enter is not another proposal. */
  readonly busy: boolean;
}

/** @param text What is there to begin with. */
export function newEditor(text: string, editing: string | undefined): Editor {
  return { text, at: [...text].length, editing, completion: undefined, refused: [], busy: false };
}

/** undefined when the editor closes. */
export function reduceEditor(
  editor: Editor,
  command: 'submit' | 'complete' | 'cancel',
  columns: Columns,
): Editor | undefined {
  if (command === 'cancel') return undefined;
  if (editor.busy) return editor;
  if (command === 'complete') {
    const { edited: text, completion } = completed(editor, columns, editor.completion);
    return { ...editor, ...text, completion, refused: [] };
  }
  return editor.text.trim() === ''
    ? undefined
    : { ...editor, completion: undefined, refused: [], busy: true };
}

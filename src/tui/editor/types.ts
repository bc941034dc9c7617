/** A proposal being written in the explorer. */
import type { Completion } from './complete.ts';
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

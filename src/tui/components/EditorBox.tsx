import { sanitize } from '../../base/format.ts';
import type { Line } from '../cell.ts';
import { editorLines } from '../editor/lines.ts';
import type { Editor } from '../editor/types.ts';
import { overlayWidth, scrolledBox } from '../frame.ts';
import { layoutOf } from '../layout.ts';
import type { State } from '../state/types.ts';
import { Lines } from './Lines.tsx';

/** A proposal being written takes the whole body and all keys. */
export function EditorBox({ state, editor }: { readonly state: State; readonly editor: Editor }) {
  const { body } = layoutOf(state);
  const title = editor.editing === undefined ? 'New proposal' : `Edit ${sanitize(editor.editing)}`;
  const heading: Line = [{ text: title, bold: true }];
  const box = { title: heading, width: state.size.columns, height: body };
  return <Lines lines={scrolledBox(editorLines(editor, overlayWidth(state)), 0, box)} />;
}

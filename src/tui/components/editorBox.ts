/** The editor on the screen: the line with its cursor, what completes it, and what was wrong with it. */
import { sanitize } from '../../base/format.ts';
import { type Line, wrap } from '../cell.ts';
import type { Editor } from '../editor/editor.ts';
import { scrolledBox } from '../frame.ts';
import { layoutOf, overlayWidth } from '../layout.ts';
import type { State } from '../state/state.ts';

/** A proposal being written takes the whole body and all keys. */
export function editorBox(state: State, editor: Editor): Line[] {
  const { body } = layoutOf(state);
  const title = editor.editing === undefined ? 'New proposal' : `Edit ${sanitize(editor.editing)}`;
  const heading: Line = [{ text: title, bold: true }];
  const box = { title: heading, width: state.size.columns, height: body };
  return scrolledBox(editorLines(editor, overlayWidth(state)), 0, box);
}

const HELP =
  'enter builds it in this session · tab completes · ctrl-x opens $EDITOR · esc forgets it. Several statements: separate them with ;';

function editorLines({ text, at, completion, refused, busy }: Editor, width: number): Line[] {
  const characters = [...text];
  const before = sanitize(characters.slice(0, at).join(''), 'newlines');
  const after = sanitize(characters.slice(at).join(''), 'newlines');
  return [
    ...`${before}█${after}`
      .split('\n')
      .flatMap(line => wrap(line.replaceAll('\t', '    '), width))
      .map((part): Line => [{ text: part, bold: true }]),
    [],
    ...(busy ? [[{ text: 'reading it …', dim: true }]] : []),
    ...refused.flatMap(line => refusedLines(line, width)),
    ...(completion === undefined ? [] : candidateLines(completion.candidates, completion.chosen, width)),
    ...(refused.length > 0 || completion !== undefined ? [[]] : []),
    ...wrap(HELP, width).map((part): Line => [{ text: part, dim: true }]),
  ];
}

/** What is wrong, wrapped; then the text and the caret beneath it, which must stay where they are. */
function refusedLines(line: string, width: number): Line[] {
  const parts = line.startsWith('  ') ? [sanitize(line)] : wrap(sanitize(line), width);
  return parts.map((part): Line => [{ text: part, color: 'red' }]);
}

function candidateLines(candidates: readonly string[], chosen: number, width: number): Line[] {
  const lines: Line[] = [];
  let line: Line = [];
  let used = 0;
  for (const [index, name] of candidates.entries()) {
    const shown = sanitize(name).trim();
    if (used + shown.length + 2 > width) {
      lines.push(line);
      if (lines.length === 4) return lines;
      line = [];
      used = 0;
    }
    const style = index === chosen ? { color: 'cyan' as const, bold: true } : { dim: true };
    line = [...line, { text: `${shown}  `, ...style }];
    used += shown.length + 2;
  }
  return [...lines, line];
}

/** The editor on the screen: the line with its cursor, completions, and the error. */
import { formatBytes, sanitize } from '../../base/format.ts';
import { type Line, truncate, wrap } from '../cell.ts';
import type { Editor } from '../editor/editor.ts';
import { scrolledBox } from '../frame.ts';
import { EDITOR_BESIDE, insideWidth, layoutOf, overlayWidth } from '../layout.ts';
import { evidenceInView } from '../model/queryEvidence.ts';
import { isBaseline } from '../model/selectors.ts';
import { planPane } from '../panes/plan.ts';
import type { State } from '../state/state.ts';

/** A proposal being written takes all keys, and the whole body; from EDITOR_BESIDE columns on the plan stands beside it. */
export function editorBox(state: State, editor: Editor): Line[] {
  const { body, frame } = layoutOf(state);
  const { columns } = state.size;
  const title = editor.editing === undefined ? 'New proposal' : `Edit ${sanitize(editor.editing)}`;
  const heading: Line = [{ text: title, bold: true }];
  if (columns < EDITOR_BESIDE)
    return scrolledBox(editorLines(editor, overlayWidth(state)), 0, {
      title: heading,
      width: columns,
      height: body,
    });
  const width = Math.floor(columns / 2);
  const inside = insideWidth('box', width);
  const lines = [...editorLines(editor, inside), ...evidenceLines(state, inside)];
  const left = scrolledBox(lines, 0, { title: heading, width, height: body });
  const side = isBaseline(state) ? 'before' : 'after';
  const slot = { pane: 'plan', side, width: columns - width, height: body } as const;
  const plan = planPane(state.focus === 'plan' ? { ...state, focus: 'proposals' } : state, slot, frame);
  return left.map((line, index) => [...line, ...(plan[index] ?? [])]);
}

/** What the selected query compares, joins and sorts, and the indexes that its tables have. */
function evidenceLines(state: State, width: number): Line[] {
  const evidence = evidenceInView(state);
  if (evidence === undefined) return [];
  const { query, uses, existing, proposed } = evidence;
  const heading = (text: string): Line => [{ text, bold: true }];
  const indexes = [
    ...existing.map(({ table, name, bytes, unique, keys }) => ({
      table,
      text: `${name} ${keys ?? ''}${unique ? ' unique' : ''} · ${formatBytes(bytes)}`,
    })),
    ...proposed.map(({ table, id }) => ({ table, text: `${id} · proposed` })),
  ];
  return [
    [],
    heading(`Q${query.number} ${sanitize(query.title)}`),
    ...uses.flatMap(({ use, table, text }) =>
      hanging(use, sanitize(table === undefined ? text : `${table}: ${text}`), width),
    ),
    [],
    heading('Indexes of its tables'),
    ...(indexes.length === 0 ? [[{ text: 'none', dim: true }]] : []),
    ...[...new Set(indexes.map(({ table }) => table))].flatMap(table => [
      [{ text: sanitize(table), dim: true }],
      ...indexes
        .filter(index => index.table === table)
        .flatMap(({ text }) => hanging('', sanitize(text), width, 2)),
    ]),
  ];
}

/** Lines of one condition; the plan has all of it. */
const MOST_LINES = 3;

/** A word, and the text beside it, wrapped. */
function hanging(word: string, text: string, width: number, indent = 10): Line[] {
  const parts = wrap(text, width - indent);
  const shown = parts.slice(0, MOST_LINES);
  if (parts.length > MOST_LINES) shown[MOST_LINES - 1] = truncate(`${shown.at(-1)} …`, width - indent);
  return shown.map(
    (part, index): Line => [{ text: (index === 0 ? word : '').padEnd(indent), dim: true }, { text: part }],
  );
}

const HELP =
  'enter builds it in this session · tab completes · ctrl-x opens $EDITOR · esc discards it. Several statements: separate them with ;';

function editorLines({ text, at, completion, refused, busy }: Editor, width: number): Line[] {
  const characters = [...text];
  const before = sanitize(characters.slice(0, at).join(''), 'newlines');
  const after = sanitize(characters.slice(at).join(''), 'newlines');
  return [
    ...`${before}█${after}`
      .split('\n')
      .flatMap(line => indented(line.replaceAll('\t', '    '), width))
      .map((part): Line => [{ text: part, bold: true }]),
    [],
    ...(busy ? [[{ text: 'reading it …', dim: true }]] : []),
    ...refused.flatMap(line => refusedLines(line, width)),
    ...(completion === undefined ? [] : candidateLines(completion.candidates, completion.chosen, width)),
    ...(refused.length > 0 || completion !== undefined ? [[]] : []),
    ...wrap(HELP, width).map((part): Line => [{ text: part, dim: true }]),
  ];
}

/** Wrapped; the parts stay below the text of their line. */
function indented(line: string, width: number): string[] {
  const [indent = ''] = /^ */.exec(line) ?? [];
  if (indent.length > width / 2) return wrap(line, width);
  return wrap(line.slice(indent.length), width - indent.length).map(part => indent + part);
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

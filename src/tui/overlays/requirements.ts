/** The requirements and invariants, before and after, a row each; what decides the one under the cursor stands below. */
import type { Verdict, VerdictState } from '../../advisor/requirements/types.ts';
import { harmless } from '../../format/harmless.ts';
import { cells, type Line, left, type Span, truncate } from '../cell.ts';
import { row } from '../frame.ts';
import { firstVisible } from '../layout.ts';
import { type Board, type BoardRow, boardOf, rowsOf } from '../model/requirements.ts';
import { isBaseline } from '../model/selectors.ts';
import type { State } from '../state/types.ts';

const ID = 6;
/** From here on there is room for whole sentences. */
const WIDE = 180;
/** `? not measured` */
const LEAST = 16;
const BELOW = 3;

const MARKS: Readonly<Record<VerdictState, string>> = {
  pass: '✓ pass',
  fail: '✗ FAIL',
  'not applicable': '– not applicable',
  'not measured': '? not measured',
};

export function verdictSpan(verdict: Verdict | undefined, whole: boolean): Span {
  if (verdict === undefined) return { text: '· nothing on', dim: true };
  const { state, figure, text } = verdict;
  const more = whole ? `: ${text}` : figure === '' ? '' : ` ${figure}`;
  const said = harmless(`${MARKS[state]}${more}`);
  if (state === 'fail') return { text: said, color: 'red', bold: true };
  return state === 'pass' ? { text: said, color: 'green' } : { text: said, dim: true };
}

/** @param room Lines there are: a long list shows the part around the cursor. */
export function requirementLines(state: State, width: number, room: number): Line[] {
  const board = boardOf(state);
  const rows = rowsOf(board);
  const cursor = Math.min(state.overlay?.scroll ?? 0, rows.length - 1);
  const whole = width >= WIDE;
  const [before, after, title] = columnsOf(board, width, whole);
  const heading: Line = [
    {
      text: ` ${left('', ID)} ${left('requirement', title)}  ${left('before', before)}  ${left('after', after)}`,
      dim: true,
    },
  ];
  const at = (index: number) =>
    rowLine(rows[index], { before, after, title, whole, width }, index === cursor);
  const listed = [
    ...board.requirements.map((_, index) => at(index)),
    [{ text: ` ${left('', ID)} ${left('invariant', title)}  ${left('', before)}  now`, dim: true }],
    ...board.invariants.map((_, index) => at(board.requirements.length + index)),
  ];
  // The heading between them is no row.
  const line = cursor < board.requirements.length ? cursor : cursor + 1;
  const height = Math.max(1, room - 1 - BELOW);
  const first = firstVisible(line, listed.length, height);
  return [heading, ...listed.slice(first, first + height), [], ...decided(rows[cursor], width)];
}

/** How many of each state: after, where something is on. */
export function requirementsTitle(state: State): string {
  const { requirements } = boardOf(state);
  const states = requirements.map(({ before, after }) => (after ?? before)?.state);
  const counts = Object.entries(MARKS).flatMap(([state, words]) => {
    const count = states.filter(one => one === state).length;
    return count === 0 ? [] : [`${count} ${words.slice(0, 1)}`];
  });
  const side = isBaseline(state) ? 'nothing on' : 'after';
  return `Requirements, with the rows here · ${side}: ${counts.join('  ')}`;
}

/** The figure is never cut; the title gets what is left. */
function columnsOf(board: Board, width: number, whole: boolean): readonly [number, number, number] {
  const widest = (of: readonly (Verdict | undefined)[]) =>
    Math.max(LEAST, ...of.map(verdict => cells(verdictSpan(verdict, false).text)));
  const longest = Math.max(...rowsOf(board).map(({ title }) => cells(harmless(title))));
  const fixed = 1 + ID + 1 + 2 + 2;
  const needed = [
    widest(board.requirements.map(({ before }) => before)),
    widest(rowsOf(board).map(({ after }) => after)),
  ] as const;
  const title = Math.max(8, Math.min(longest, width - fixed - needed[0] - needed[1]));
  if (!whole) return [needed[0], needed[1], title];
  const half = Math.floor((width - fixed - title) / 2);
  return [half, half, title];
}

interface Shape {
  readonly before: number;
  readonly after: number;
  readonly title: number;
  readonly whole: boolean;
  readonly width: number;
}

function rowLine(one: BoardRow | undefined, shape: Shape, cursor: boolean): Line {
  if (one === undefined) return [];
  const before = one.id === '' ? { text: '' } : verdictSpan(one.before, shape.whole);
  const after = verdictSpan(one.after, shape.whole);
  return row(
    [
      { text: `${left(one.id, ID)} `, bold: cursor },
      { text: `${left(harmless(one.title), shape.title)}  `, bold: cursor },
      { ...before, text: `${left(before.text, shape.before)}  ` },
      { ...after, text: left(after.text, shape.after) },
    ],
    shape.width,
    cursor,
    true,
  );
}

function decided(one: BoardRow | undefined, width: number): Line[] {
  if (one === undefined) return [];
  const say = (side: string, verdict: Verdict | undefined): Line =>
    verdict === undefined ? [] : [{ text: truncate(harmless(`${left(side, 7)}${verdict.text}`), width) }];
  return one.id === '' ? [say('', one.after)] : [say('before', one.before), say('after', one.after)];
}

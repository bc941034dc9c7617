/** The requirements and invariants, before and after, a row each; what decides the one under the cursor stands below. */

import type { Verdict, VerdictState } from '../../advisor/requirements/result.ts';
import { sanitize } from '../../base/format.ts';
import { sum } from '../../base/statistics.ts';
import { cells, type Line, left, type Span, truncate } from '../cell.ts';
import { row } from '../frame.ts';
import { firstVisible } from '../layout.ts';
import { requirementRows } from '../model/lists.ts';
import { type Board, type BoardRow, boardOf, rowsOf } from '../model/requirements.ts';
import { isBaseline } from '../model/selectors.ts';
import type { State } from '../state/state.ts';

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
  if (verdict === undefined) return { text: '· baseline', dim: true };
  const { state, figure, text } = verdict;
  const more = whole ? `: ${text}` : figure === '' ? '' : ` ${figure}`;
  const said = sanitize(`${MARKS[state]}${more}`);
  if (state === 'fail') return { text: said, color: 'red', bold: true };
  return state === 'pass' ? { text: said, color: 'green' } : { text: said, dim: true };
}

/** @param room Lines there are: a long list shows the part around the cursor. */
export function requirementLines(state: State, width: number, room: number): Line[] {
  const board = boardOf(state);
  const rows = rowsOf(board);
  const cursor = Math.min(state.overlay?.scroll ?? 0, rows.length - 1);
  const whole = width >= WIDE;
  const columns = columnsOf(board, width, whole);
  const { title } = columns;
  const heading: Line = [
    {
      text: ` ${left('', ID)} ${left('requirement', title)}  ${columns.sides.map(({ name, width }) => left(name, width)).join('  ')}`,
      dim: true,
    },
  ];
  const shown = requirementRows(state, rows);
  const at = (index: number) => rowLine(rows[index], columns, index === cursor, index);
  const count = board.requirements.length;
  const requirements = shown.filter(index => index < count);
  const listed = [
    ...requirements.map(at),
    [
      {
        text: ` ${left('', ID)} ${left('invariant', title)}  ${columns.sides.map(({ name, width }) => left(name === 'after' ? 'now' : '', width)).join('  ')}`,
        dim: true,
      },
    ],
    ...shown.filter(index => index >= count).map(at),
  ];
  // The heading between them is no row.
  const line = Math.max(0, shown.indexOf(cursor)) + (cursor < count ? 0 : 1);
  const below = decided(rows[cursor], width);
  const height = Math.max(1, room - 1 - Math.max(BELOW, below.length + 1));
  const first = firstVisible(line, listed.length, height);
  return [heading, ...listed.slice(first, first + height), [], ...below];
}

/** How many of each state: after, where something is on. */
export function requirementsTitle(state: State): string {
  const { requirements } = boardOf(state);
  const states = requirements.map(({ before, after }) => (after ?? before)?.state);
  const counts = Object.entries(MARKS).flatMap(([state, words]) => {
    const count = states.filter(one => one === state).length;
    return count === 0 ? [] : [`${count} ${words.slice(0, 1)}`];
  });
  const side = isBaseline(state) ? 'baseline' : 'after';
  return `Requirements, with the rows here · ${side}: ${counts.join('  ')}`;
}

interface Columns {
  readonly title: number;
  /** From left to right. */
  readonly sides: readonly { readonly name: SideName; readonly width: number }[];
  readonly whole: boolean;
  readonly width: number;
}

type SideName = 'before' | 'after' | 'in production';

const verdictOn = (one: BoardRow, name: SideName): Verdict | undefined =>
  name === 'before' ? one.before : name === 'after' ? one.after : one.there;

/** Below this there is no room for three columns: what production would be matters more than what was. */
const THREE = 110;

/** The figure is never cut; the title gets the remaining cells. */
function columnsOf(board: Board, width: number, whole: boolean): Columns {
  const hasThere = board.requirements.some(({ there }) => there !== undefined);
  const names: readonly SideName[] = !hasThere
    ? ['before', 'after']
    : width < THREE
      ? ['after', 'in production']
      : ['before', 'after', 'in production'];
  const longest = Math.max(...rowsOf(board).map(({ title }) => cells(sanitize(title))));
  const fixed = 1 + ID + 1 + 2 * names.length;
  const needed = names.map(name =>
    Math.max(LEAST, ...rowsOf(board).map(one => cells(verdictSpan(verdictOn(one, name), false).text))),
  );
  const title = Math.max(8, Math.min(longest, width - fixed - sum(needed)));
  const each = Math.floor((width - fixed - title) / names.length);
  return {
    title,
    whole,
    width,
    sides: names.map((name, at) => ({ name, width: whole ? each : (needed[at] ?? 0) })),
  };
}

function rowLine(
  one: BoardRow | undefined,
  { title, sides, whole, width }: Columns,
  cursor: boolean,
  item: number,
): Line {
  if (one === undefined) return [];
  // An invariant is about the session as a whole.
  const shown = sides.map(({ name, width }, at): Span => {
    const span = one.id === '' && name !== 'after' ? { text: '' } : verdictSpan(verdictOn(one, name), whole);
    return { ...span, text: `${left(span.text, width)}${at === sides.length - 1 ? '' : '  '}` };
  });
  return row(
    [
      { text: `${left(one.id, ID)} `, bold: cursor },
      { text: `${left(sanitize(one.title), title)}  `, bold: cursor },
      ...shown,
    ],
    width,
    cursor,
    true,
    item,
  );
}

function decided(one: BoardRow | undefined, width: number): Line[] {
  if (one === undefined) return [];
  const say = (side: string, verdict: Verdict | undefined): Line =>
    verdict === undefined
      ? []
      : [
          {
            text: truncate(sanitize(`${left(side, one.there === undefined ? 7 : 14)}${verdict.text}`), width),
          },
        ];
  if (one.id === '') return [say('', one.after)];
  const there = one.there === undefined ? [] : [say('in production', one.there)];
  return [say('before', one.before), say('after', one.after), ...there];
}

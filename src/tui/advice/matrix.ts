/** The matrix: queries × proposals, and in words what the cell under the cursor says. What gets slower is always in view. */

import type { Advice } from '../../advisor/advice/advice.ts';
import { regressionsOf } from '../../advisor/advice/sentences.ts';
import { evidenceText, letterOf, verdictText } from '../../advisor/advice/words.ts';
import { sanitize } from '../../base/format.ts';
import { factsOf } from '../../workload/proposalKinds.ts';
import { cells, highlighted, type Line, left, pieces, type Span } from '../cell.ts';
import { firstVisible } from '../layout.ts';
import { soughtIn } from '../model/selectors.ts';
import type { State } from '../state/state.ts';
import { isUnderWay } from '../state/survey.ts';
import { said } from './cells.ts';
import type { PageOf } from './page.ts';
import { adviceRows, rowOf } from './rows.ts';
import { factorText } from './verdicts.ts';

type Cell = Advice['matrix'][number]['cells'][number];

/** Cells for a query's title and for a proposal's name above its column. */
const TITLE = 30;
const NAMES = [40, 30, 24, 20, 18, 16, 15, 14, 13];
/** Heading and the row of what helps; least lines of text below. */
const AROUND = 2;
const TEXT = 7;

export const matrixPage: PageOf = (state, advice, width, room) => {
  const { queries, matrix, proposals } = advice;
  if (proposals.length === 0)
    return { table: [[{ text: 'No proposal is built: there is nothing to compare.' }]], text: [] };
  const open = isUnderWay(state);
  const at = { row: rowOf(state), column: Math.min(state.adviceView.column, proposals.length - 1) };
  const titles = queries.map(({ number, title }) => sanitize(`${number} ${title}`));
  const titleWidth = Math.min(TITLE, Math.max(12, ...titles.map(cells)));
  const texts = matrix.map(({ cells: column }) => column.map(cell => cellText(cell, open)));
  const names = proposals.map(({ id }, index) => `${letterOf(index)} ${sanitize(id)}`);
  const widths = widthsOf(texts, names, width - titleWidth - 2);
  const [from, to] = inView(widths, at.column, width - titleWidth - 2);
  const shown = widths.slice(from, to).map((_, index) => from + index);
  // Names are whole, over as many lines as they need.
  const headed = Math.max(1, ...shown.map(column => pieces(names[column] ?? '', widths[column] ?? 1).length));
  const rows = adviceRows(state);
  const height = Math.max(1, Math.min(rows.length, room - AROUND - headed + 1 - TEXT));
  const first = firstVisible(rows.indexOf(at.row), rows.length, height);
  const lines = rows.slice(first, first + height).map((row): Line => {
    const bold = row === at.row;
    return [
      { text: bold ? '▸' : ' ', bold },
      ...highlighted(`${left(titles[row] ?? '', titleWidth)} `, soughtIn(state, 'advice'), { bold }),
      ...shown.map((column): Span => {
        const text = texts[column]?.[row] ?? '';
        const here = row === at.row && column === at.column;
        return { text: boxed(text, widths[column] ?? 0, here), ...styleOf(matrix[column]?.cells[row], here) };
      }),
    ];
  });
  const label = `${from > 0 ? '◂ ' : ''}${to < names.length ? `${to - from} of ${names.length} ▸` : ''}`;
  const heading = Array.from(
    { length: headed },
    (_, line): Line => [
      { text: ` ${left(line === 0 ? label : '', titleWidth)} `, dim: true },
      ...shown.map((column): Span => {
        const parts = pieces(names[column] ?? '', widths[column] ?? 1);
        return { text: boxed(parts[line] ?? '', widths[column] ?? 0, false), bold: column === at.column };
      }),
    ],
  );
  const helps: Line = [
    { text: ` ${left('helps', titleWidth)} `, dim: true },
    ...shown.map(
      (column): Span => ({
        text: boxed(helpText(matrix[column], queries, open), widths[column] ?? 0, false),
        dim: true,
      }),
    ),
  ];
  return {
    table: [...heading, ...lines, helps],
    text: [...aboutCell(state, advice, at, width), ...slower(advice, width), ...legend(width, open)],
  };
};

/** Names as long as lets all columns fit, or else short ones: they stand in full below. */
function widthsOf(
  texts: readonly (readonly string[])[],
  names: readonly string[],
  room: number,
): readonly number[] {
  const of = (most: number) =>
    texts.map((column, index) =>
      Math.max(...column.map(cells), Math.min(most, cells(names[index] ?? '')), 'unknown'.length),
    );
  const fits = (widths: readonly number[]) => widths.reduce((sum, each) => sum + each + 2, 0) <= room;
  return NAMES.map(of).find(fits) ?? of(Math.min(...NAMES));
}

/** The columns that fit, the one under the cursor among them. */
function inView(widths: readonly number[], cursor: number, room: number): readonly [number, number] {
  const used = (from: number, to: number) => widths.slice(from, to).reduce((sum, each) => sum + each + 2, 0);
  let from = 0;
  while (from < cursor && used(from, cursor + 1) > room) from++;
  let to = cursor + 1;
  while (to < widths.length && used(from, to + 1) <= room) to++;
  // At the end there may be room for more on the left.
  while (from > 0 && used(from - 1, to) <= room) from--;
  return [from, to];
}

/** Brackets are seen without colors, too. */
const boxed = (text: string, width: number, here: boolean): string =>
  here ? `[${left(text, width)}]` : ` ${left(text, width)} `;

/** `57×` where both say the same, `same plan / > 91×` where they do not. */
function cellText({ alone, added, used }: Cell, open: boolean): string {
  const [first, second] = [verdictWords(alone, open), verdictWords(added, open)];
  return `${first === second ? first : `${first} / ${second}`}${used ? ' *' : ''}`;
}

function verdictWords(verdict: Cell['alone'], open: boolean): string {
  switch (verdict.kind) {
    case 'faster':
      return factorText(verdict);
    case 'slower':
      return `${factorText(verdict)} slower`;
    case 'same plan':
      return 'same';
    case 'no clear difference':
      return 'not clear';
    case 'not measured':
      return open ? '…' : 'unknown';
  }
}

function styleOf(cell: Cell | undefined, here: boolean): Omit<Span, 'text'> {
  const kinds = [cell?.alone.kind, cell?.added.kind];
  if (kinds.includes('slower')) return { color: 'red', bold: true };
  if (kinds.includes('faster')) return { color: 'green', bold: here };
  return { dim: !here, bold: here };
}

/** `Q1 Q6`: the queries that it makes faster. */
function helpText(
  column: Advice['matrix'][number] | undefined,
  queries: Advice['queries'],
  open: boolean,
): string {
  if (column === undefined) return '';
  const numbers = queries
    .filter((_, row) => [column.cells[row]?.alone.kind, column.cells[row]?.added.kind].includes('faster'))
    .map(({ number }) => `Q${number}`);
  if (numbers.length > 0) return [...new Set(numbers)].join(' ');
  return open ? '…' : column.helps === 'unknown' ? 'unknown' : column.helps;
}

function aboutCell(
  state: State,
  { queries, proposals, matrix }: Advice,
  { row, column }: { readonly row: number; readonly column: number },
  width: number,
): Line[] {
  const [query, proposal, cell] = [queries[row], proposals[column], matrix[column]?.cells[row]];
  if (query === undefined || proposal === undefined || cell === undefined) return [];
  const say = (verdict: Cell['alone']): string => {
    const evidence = evidenceText(verdict);
    if (verdict.kind === 'not measured' && isUnderWay(state)) return 'not known yet';
    return `${verdictText(verdict)}${evidence === '' ? '' : ` (${evidence})`}`;
  };
  const { standsForExisting, mark } = factsOf(proposal);
  const used = cell.used
    ? `read with all proposals on${standsForExisting ? ', while it is there' : ''}`
    : cell.usedAnywhere
      ? 'read by some plan, not with all proposals on'
      : 'no plan of this query reads it';
  return [
    ...said(`${letterOf(column)} ${proposal.id}${mark}, Q${query.number} ${query.title}: ${used}`, width, {
      bold: true,
    }),
    ...said(`alone: ${say(cell.alone)}`, width),
    ...said(
      `added to all others: ${say(cell.added)}${cell.added.kind === 'faster' ? '; lost when it alone is left out' : ''}`,
      width,
    ),
  ];
}

function slower(advice: Advice, width: number): Line[] {
  const lines = regressionsOf(advice);
  if (lines.length === 0) return said('No query is known to get slower.', width, { dim: true });
  return lines.flatMap(line => said(`! ${line}`, width, { color: 'red' }));
}

function legend(width: number, open: boolean): Line[] {
  const unknown = open ? '… not known yet' : 'unknown: not measured';
  return said(
    `alone / added to all others: 2.1× is faster, > at least, not clear: no clear difference${open ? ' yet' : ''}, same: the same plan, ${unknown}, * read with all proposals on`,
    width,
    { dim: true },
  );
}

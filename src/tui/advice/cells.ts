/** Cells and lines that the pages of the advice share. */

import type { Advice } from '../../advisor/advice/advice.ts';
import { letterOf } from '../../advisor/advice/words.ts';
import { sanitize } from '../../base/format.ts';
import { PROPOSAL_KINDS } from '../../workload/proposalKinds.ts';
import { cells, highlighted, type Line, left, right, type Span, wrap } from '../cell.ts';
import { soughtIn } from '../model/selectors.ts';
import type { State } from '../state/state.ts';

export interface Column {
  readonly name: string;
  /** Figures stand at the right. */
  readonly figure?: boolean;
  /** Cells at most; the longest text otherwise. */
  readonly most?: number;
}

/** As wide as their longest text each, two blanks apart. */
export function widthsOf(columns: readonly Column[], rows: readonly (readonly string[])[]): number[] {
  return columns.map(({ name, most = Number.POSITIVE_INFINITY }, index) =>
    Math.min(most, Math.max(cells(name), ...rows.map(row => cells(row[index] ?? '')))),
  );
}

/** Each row begins with the cursor and a mark if it is what is on: three cells. */
const ROW_START = 3;

/** Of columns that need these cells, those that are whole on a page of this width: a part of a figure would be another one. */
export function wholeColumns(widths: readonly number[], pageWidth: number): number[] {
  let used = ROW_START - 2;
  return widths.filter((width, index) => {
    used += width + 2;
    return index === 0 || used <= pageWidth;
  });
}

function cellText(text: string, column: Column | undefined, width: number): string {
  return column?.figure === true ? right(text, width) : left(text, width);
}

export function rowText(
  columns: readonly Column[],
  row: readonly string[],
  widths: readonly number[],
): string {
  return widths.map((width, index) => cellText(row[index] ?? '', columns[index], width)).join('  ');
}

/** The same with what a filter found in reverse video. @param sought Of each column. */
export function rowSpans(
  columns: readonly Column[],
  row: readonly string[],
  widths: readonly number[],
  sought: readonly (readonly string[])[],
  style: Omit<Span, 'text'> = {},
): Line {
  return widths.flatMap((width, index) => [
    ...(index === 0 ? [] : [{ text: '  ', ...style }]),
    ...highlighted(cellText(row[index] ?? '', columns[index], width), sought[index] ?? [], style),
  ]);
}

/** Letters of the proposals that a filter finds, for a cell that has no names. */
export const lettersFound = (state: State, { proposals }: Pick<Advice, 'proposals'>): readonly string[] => {
  const sought = soughtIn(state, 'advice').map(word => word.toLowerCase());
  return proposals.flatMap(({ id }, at) =>
    sought.some(word => id.toLowerCase().includes(word)) ? [letterOf(at)] : [],
  );
};

/** Sentences, wrapped; those after the first line of each are indented. */
export function said(text: string, width: number, style: Omit<Span, 'text'> = {}): Line[] {
  return wrap(sanitize(text), width - 2).map(
    (part, index): Line => [{ text: `${index === 0 ? '' : '  '}${part}`, ...style }],
  );
}

/** `A idx_orders_date, C customer_stats`; with the marks of their kinds. */
export function lettered({ proposals }: Pick<Advice, 'proposals'>, ids: readonly string[]): string {
  if (ids.length === 0) return 'the baseline: no proposal is on';
  return proposals
    .flatMap(({ id, kind }, at) =>
      ids.includes(id) ? [`${letterOf(at)} ${id}${PROPOSAL_KINDS[kind].mark}`] : [],
    )
    .join(', ');
}

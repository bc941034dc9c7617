/** Where a cursor goes in a list, or the first line in view of a page. */
import type { Move } from './keyTable.ts';

/** @param page How many lines are in view. */
function target(move: Move, at: number, count: number, page: number): number {
  const half = Math.max(1, Math.floor(page / 2));
  const steps: Readonly<Record<Move, number>> = {
    up: at - 1,
    down: at + 1,
    'page-up': at - half,
    'page-down': at + half,
    top: 0,
    bottom: count - 1,
  };
  return Math.max(0, Math.min(steps[move], count - 1));
}

/** A list with a cursor, or a page that scrolls: all of them move alike. */
export interface List<S> {
  readonly count: number;
  readonly at: number;
  /** How many lines are in view. */
  readonly page: number;
  readonly put: (at: number) => S;
}

export function moved<S>(state: S, list: List<S>, move: Move): S {
  if (list.count <= 0) return state;
  return list.put(target(move, list.at, list.count, list.page));
}

/** A text of so many lines as a list: its cursor is the first line in view, and the last page is the end. */
export function scrolling<S>(
  extent: { readonly lines: number; readonly room: number } | undefined,
  at: number,
  put: (at: number) => S,
): List<S> {
  const { lines, room } = extent ?? { lines: 1, room: 1 };
  return { count: Math.max(1, lines - room + 1), at, page: room, put };
}

/** The rows that a filter leaves, as places in the whole list, in which the cursor is kept. */
export function among<S>(rows: readonly number[], whole: Omit<List<S>, 'count'>): List<S> {
  const here = rows.indexOf(whole.at);
  const next = here >= 0 ? here : rows.findIndex(row => row >= whole.at);
  return {
    count: rows.length,
    at: next < 0 ? rows.length - 1 : next,
    page: whole.page,
    put: at => whole.put(rows[at] ?? whole.at),
  };
}

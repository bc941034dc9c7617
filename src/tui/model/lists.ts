/** Which rows of a list its filter leaves in view, and which list has the keyboard. */
import { adviceRows } from '../advice/rows.ts';
import { type SettingRow, settingRows } from '../settings/settings.ts';
import type { ListId, State } from '../state/state.ts';
import { figureOf } from './figure.ts';
import { msOf } from './helps.ts';
import { type BoardRow, boardOf, rowsOf } from './requirements.ts';
import { passes, placeUnder, proposalText } from './selectors.ts';
import { type Tried, triedConfigurations } from './tried.ts';

/** Positions of the items that pass the filter. */
const shown = <T>(state: State, list: ListId, items: readonly T[], textOf: (item: T) => string): number[] =>
  items.flatMap((item, index) => (passes(state, list, textOf(item)) ? [index] : []));

export const proposalRows = (state: State): readonly number[] =>
  shown(state, 'proposals', state.workload.proposals, proposalText);

/** In the order that is chosen. */
export function queryRows(state: State): readonly number[] {
  const { queries } = state.workload;
  const rows = shown(state, 'queries', queries, ({ number, title }) => `${number} ${title}`);
  if (state.querySort === 'number') return rows;
  if (state.querySort === 'name') {
    const titleOf = (row: number) => queries[row]?.title ?? '';
    return rows.toSorted((a, b) => titleOf(a).localeCompare(titleOf(b)));
  }
  const amounts = new Map(
    rows.map(row => {
      const id = queries[row]?.id ?? '';
      const [before, after] = [msOf(figureOf(state, id, 'before')), msOf(figureOf(state, id, 'after'))];
      const amount = state.querySort === 'time' ? after : (before ?? Number.NaN) - (after ?? Number.NaN);
      // What is not known comes last.
      return [row, Number.isNaN(amount ?? Number.NaN) ? Number.NEGATIVE_INFINITY : (amount ?? 0)];
    }),
  );
  const amountOf = (row: number) => amounts.get(row) ?? 0;
  return rows.toSorted((a, b) => (amountOf(a) === amountOf(b) ? a - b : amountOf(a) < amountOf(b) ? 1 : -1));
}

export const requirementRows = (state: State, rows: readonly BoardRow[]): readonly number[] =>
  shown(state, 'requirements', rows, ({ id, title }) => `${id} ${title}`);

export const shownSettings = (state: State, rows: readonly SettingRow[]): readonly number[] =>
  shown(
    state,
    'settings',
    rows,
    ({ setting, changed }) =>
      `${setting.group} ${setting.name} ${setting.title}${changed === undefined ? '' : ' changed'}`,
  );

export const triedRows = (state: State, rows: readonly Tried[]): readonly number[] =>
  shown(state, 'history', rows, ({ words }) => words);

/** Rows in view of the list that has the keyboard, as places in the whole list; undefined for a page of text. */
export function rowsWithFocus(state: State): readonly number[] | undefined {
  switch (placeUnder(state)) {
    case 'proposals':
      return proposalRows(state);
    case 'queries':
      return queryRows(state);
    case 'requirements':
      return requirementRows(state, rowsOf(boardOf(state)));
    case 'settings':
      return shownSettings(state, settingRows(state.settings));
    case 'history':
      return triedRows(state, triedConfigurations(state));
    case 'advice':
      return adviceRows(state);
    default:
      return undefined;
  }
}

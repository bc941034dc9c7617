/** Which rows of a list its filter leaves in view, and which list has the keyboard. */
import { type SettingRow, settingRows } from '../settings/settings.ts';
import type { ListId, State } from '../state/state.ts';
import { type BoardRow, boardOf, rowsOf } from './requirements.ts';
import { passes, placeUnder, proposalText } from './selectors.ts';
import { type Tried, triedConfigurations } from './tried.ts';

/** Places in the whole list of what passes. */
const shown = <T>(state: State, list: ListId, items: readonly T[], textOf: (item: T) => string): number[] =>
  items.flatMap((item, index) => (passes(state, list, textOf(item)) ? [index] : []));

export const proposalRows = (state: State): readonly number[] =>
  shown(state, 'proposals', state.workload.proposals, proposalText);

export const queryRows = (state: State): readonly number[] =>
  shown(state, 'queries', state.workload.queries, ({ number, title }) => `${number} ${title}`);

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
    default:
      return undefined;
  }
}

/** Questions about the state that panes, keys and effects ask alike. */

import { type ConfigurationKey, configurationKey } from '../../session/configuration.ts';
import { isSwitchedOn } from '../../workload/proposalKinds.ts';
import type { Proposal, Query } from '../../workload/workload.ts';
import type { Place } from '../keys/keyTable.ts';
import { settingsOn } from '../settings/settings.ts';
import type { ListId, Measuring, Planned, Side, State } from '../state/state.ts';

export const MIN_COLUMNS = 60;
export const MIN_ROWS = 20;

export function tooSmall({ size }: Pick<State, 'size'>): boolean {
  return size.columns < MIN_COLUMNS || size.rows < MIN_ROWS;
}

export const BASELINE: ConfigurationKey = '';

/** The configuration that is desired. */
export function desiredConfiguration(state: State): ConfigurationKey {
  return configurationKey(state.on, settingsOn(state.settings));
}

/** Nothing is changed, neither a proposal nor a setting: there is no after. */
export function isBaseline(state: State): boolean {
  return desiredConfiguration(state) === BASELINE;
}

/** The configuration a side of the comparison is about. */
export function configurationOf(state: State, side: Side): ConfigurationKey {
  return side === 'before' ? BASELINE : desiredConfiguration(state);
}

export function plannedFor(state: State, queryId: string, side: Side): Planned | undefined {
  return state.plans[queryId]?.[configurationOf(state, side)];
}

export function measuringOf(state: State, queryId: string, fingerprint: string): Measuring | undefined {
  return state.measurements[queryId]?.[fingerprint];
}

export function queryInView(state: State): Query | undefined {
  return state.workload.queries.find(query => query.id === state.queryId);
}

/** The words of a list's filter; none where it has no filter. */
export const soughtIn = ({ filters }: Pick<State, 'filters'>, list: ListId): readonly string[] =>
  (filters[list]?.text ?? '').split(/\s+/).filter(word => word !== '');

/** Every word of the filter is in the text; capitals and small letters are the same. */
export function passes(state: Pick<State, 'filters'>, list: ListId, text: string): boolean {
  const searched = text.toLowerCase();
  return soughtIn(state, list).every(word => searched.includes(word.toLowerCase()));
}

/** The text of a proposal that a filter searches. */
export const proposalText = ({ id, kind, statements }: Proposal): string =>
  [id, kind, ...statements.map(({ on }) => on ?? '')].join(' ');

/** undefined also where the filter hides it. */
/** The row of the cursor; the first one in view where a filter hides that, or suggestions came behind it. -1 where none is in view. */
export function proposalCursorOf(state: State): number {
  const { proposals } = state.workload;
  const isShown = (proposal: Proposal | undefined) =>
    proposal !== undefined && passes(state, 'proposals', proposalText(proposal));
  return isShown(proposals[state.proposalCursor]) ? state.proposalCursor : proposals.findIndex(isShown);
}

export const proposalUnderCursor = (state: State): Proposal | undefined =>
  state.workload.proposals[proposalCursorOf(state)];

/** Whether its box is checked. Of an index that might go: whether it is there, as it is unless it was switched off. */
export function isOn(state: State, proposal: Proposal): boolean {
  return isSwitchedOn(proposal, state.on.includes(proposal.id));
}

/** Where a key is pressed now. */
export function placeOf(state: State): Place {
  if (state.question !== undefined && state.phase === 'exploring') return 'question';
  if (tooSmall(state)) return 'small';
  const place = placeUnder(state);
  if (place === 'palette') return place;
  const list = listAt(place);
  return list !== undefined && state.filters[list]?.editing === true ? 'filter' : place;
}

/** The list at a place, where there is one with a filter. */
export function listAt(place: Place): ListId | undefined {
  return LISTS.find(list => list === place);
}

const LISTS: readonly ListId[] = [
  'proposals',
  'queries',
  'requirements',
  'settings',
  'help',
  'history',
  'advice',
  'palette',
];

/** The same without what lies over it: a filter that is typed, a question. */
export function placeUnder(state: State): Place {
  if (state.phase === 'starting' || state.phase === 'closing') return 'starting';
  if (state.phase === 'asking') return 'asking';
  if (state.phase === 'lost') return 'lost';
  if (state.editor !== undefined) return 'editing';
  switch (state.overlay?.kind) {
    case undefined:
      return state.focus === 'plan' && state.view.search?.editing === true ? 'search' : state.focus;
    case 'settings':
      return state.settings.typing === undefined ? 'settings' : 'typing';
    case 'advice':
      return state.adviceView.folder === undefined ? 'advice' : 'folder';
    case 'suggestions':
      return state.suggestions?.folder === undefined ? 'suggestions' : 'folder';
    case 'requirements':
    case 'history':
    case 'help':
    case 'palette':
      return state.overlay.kind;
    default:
      return 'overlay';
  }
}

/** Questions about the state that panes, keys and effects ask alike. */

import { type ConfigurationKey, configurationKey } from '../../session/configuration.ts';
import { isSwitchedOn } from '../../workload/proposalKinds.ts';
import type { Proposal, Query } from '../../workload/types.ts';
import type { Place } from '../keymap.ts';
import { settingsOn } from '../settings/types.ts';
import type { Measuring, Planned, Side, State } from '../state/types.ts';

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

export function proposalUnderCursor(state: State): Proposal | undefined {
  return state.workload.proposals[state.proposalCursor];
}

/** Whether its box is checked. Of an index that might go: whether it is there, as it is unless it was switched off. */
export function isOn(state: State, proposal: Proposal): boolean {
  return isSwitchedOn(proposal, state.on.includes(proposal.id));
}

/** Where a key is pressed now. */
export function placeOf(state: State): Place {
  if (state.phase === 'starting') return 'starting';
  if (state.phase === 'asking') return 'asking';
  if (state.phase === 'lost' || state.phase === 'closing') return 'lost';
  if (state.editor !== undefined) return 'editing';
  if (state.overlay?.kind === 'settings') return state.settings.typing === undefined ? 'settings' : 'typing';
  if (state.overlay?.kind === 'advice') return state.adviceView.folder === undefined ? 'advice' : 'folder';
  if (state.overlay?.kind === 'suggestions')
    return state.suggestions?.folder === undefined ? 'suggestions' : 'folder';
  if (state.overlay !== undefined) return 'overlay';
  return state.focus === 'plan' && state.view.search?.editing === true ? 'search' : state.focus;
}

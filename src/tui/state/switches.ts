/** Switching proposals: the switch flips here, at once; the session follows. */
import { factsOf } from '../../workload/proposalKinds.ts';
import type { State } from './types.ts';

function withOn(state: State, chosen: ReadonlySet<string>, beforeOnly?: readonly string[]): State {
  const on = state.workload.proposals.map(proposal => proposal.id).filter(id => chosen.has(id));
  return { ...state, on, beforeOnly, idle: false, revision: state.revision + 1 };
}

export function switchProposal(state: State, id: string): State {
  const chosen = new Set(state.on);
  if (!chosen.delete(id)) chosen.add(id);
  return withOn(state, chosen);
}

/** This configuration; the one that is on already is no new desired state. Ids that are gone are left out. */
export function switchTo(state: State, proposals: readonly string[]): State {
  const next = withOn(state, new Set(proposals));
  return next.on.join(' ') === state.on.join(' ') ? state : next;
}

/** All on; when they are, all off. Indexes that exist stay as they are: each is a question of its own. */
export function allOrNone(state: State): State {
  const all = state.workload.proposals.filter(one => !factsOf(one).standsForExisting).map(({ id }) => id);
  const others = state.on.filter(id => !all.includes(id));
  const none = all.every(id => state.on.includes(id));
  return withOn(state, new Set(none ? others : [...others, ...all]));
}

/** Only this one, of an index that exists: all as it is but for that; a second time brings back what was on before. */
export function onlyThis(state: State, id: string): State {
  const alone = state.on.length === 1 && state.on[0] === id;
  if (alone && state.beforeOnly !== undefined) return withOn(state, new Set(state.beforeOnly));
  return alone ? state : withOn(state, new Set([id]), state.on);
}

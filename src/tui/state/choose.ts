import { viewOfOthers } from '../planView/types.ts';
import type { State } from './types.ts';

/** Puts the nth query of the workload (from 0) in view. A new revision, because the session plans that one first. */
export function chooseQuery(state: State, index: number): State {
  const query = state.workload.queries[index];
  if (query === undefined || query.id === state.queryId) return state;
  const view = viewOfOthers(state.view);
  return { ...state, queryId: query.id, view, idle: false, revision: state.revision + 1 };
}

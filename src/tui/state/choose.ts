import { viewOfOthers } from '../planView/types.ts';
import type { State } from './types.ts';

/** Puts the query of this number in view, with its first values. */
export function chooseNumber(state: State, number: number): State {
  return chooseQuery(
    state,
    state.workload.queries.findIndex(query => query.number === number),
  );
}

/** The query in view with its next set of values; after the last one comes the first. */
export function nextValues(state: State): State {
  const { queries } = state.workload;
  const at = queries.findIndex(({ id }) => id === state.queryId);
  const number = queries[at]?.number;
  const next = queries[at + 1]?.number === number ? at + 1 : queries.findIndex(q => q.number === number);
  return chooseQuery(state, next);
}

/** Puts the nth query of the workload (from 0) in view. A new revision, because the session plans that one first. */
export function chooseQuery(state: State, index: number): State {
  const query = state.workload.queries[index];
  if (query === undefined || query.id === state.queryId) return state;
  const view = viewOfOthers(state.view);
  return { ...state, queryId: query.id, view, idle: false, revision: state.revision + 1 };
}

import type { State } from './types.ts';

/** Puts the nth query of the workload (from 0) in view. A new revision, because the session plans that one first. */
export function chooseQuery(state: State, index: number): State {
  const query = state.workload.queries[index];
  if (query === undefined || query.id === state.queryId) return state;
  const nodeCursor = { before: 0, after: 0 };
  return { ...state, queryId: query.id, nodeCursor, idle: false, revision: state.revision + 1 };
}

/** Why an index is not used: on the proposal's page for each query, on the query's page for each proposal. */

import { sanitize } from '../../base/format.ts';
import { append } from '../../base/lists.ts';
import { type Line, wrap } from '../cell.ts';
import { type Pair, pairsInView, unusedLine } from '../model/unused.ts';
import type { State } from '../state/state.ts';

/** Reasons for the proposal under the cursor. */
export const unusedByQueries = (state: State, width: number): Line[] => {
  const numberOf = (id: string) => state.workload.queries.find(query => query.id === id)?.number ?? id;
  return lines(state, width, '', names => {
    const numbers = [...new Set(names.map(({ queryId }) => numberOf(queryId)))];
    return `not used by ${numbers.length === 1 ? 'query' : 'queries'} ${numbers.join(', ')}`;
  });
};

/** By the query in view. */
export const unusedProposals = (state: State, width: number): Line[] =>
  lines(state, width, '-- ', names => `${names.map(({ proposalId }) => proposalId).join(', ')} not used`);

function lines(
  state: State,
  width: number,
  mark: string,
  headOf: (pairs: readonly Pair[]) => string,
): Line[] {
  const pairs = pairsInView(state);
  const groups = new Map<string, Pair[]>();
  for (const pair of pairs) {
    const text = unusedLine(state, pair);
    if (text !== undefined) append(groups, text, pair);
  }
  const known = [...groups].flatMap(([text, of]) => wrap(sanitize(`${mark}${headOf(of)}: ${text}`), width));
  const asking = pairs.some(({ key }) => state.unused[key] === undefined);
  return [
    ...known.map((text): Line => [{ text, color: 'yellow' }]),
    ...(asking ? [[{ text: `${mark}asking the planner why it leaves indexes out`, dim: true }]] : []),
  ];
}

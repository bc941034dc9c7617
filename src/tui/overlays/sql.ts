/** The SQL of the query in view: the text that is really planned. */
import { harmless } from '../../format/harmless.ts';
import type { Line } from '../cell.ts';
import { plannedFor, queryInView } from '../model/selectors.ts';
import type { State } from '../state/types.ts';
import { sqlToLines } from './highlight.ts';

export function sqlLines(state: State, width: number): Line[] {
  const query = queryInView(state);
  if (query === undefined) return [];
  const planned = plannedFor(state, query.id, 'after');
  const rewrite = planned?.state === 'planned' ? planned.rewrite : undefined;
  const rewritten = query.rewrites.find(({ proposalId }) => proposalId === rewrite);
  const { sql, file } = rewritten ?? query;
  const why =
    rewritten === undefined
      ? 'the query as it is written'
      : `the rewrite of the query that reads ${rewritten.proposalId}, planned because that is on`;
  const { values } = query;
  const standing =
    values === undefined ? [] : [[{ text: `-- ${harmless(`${values.label}: ${values.text}`)}`, dim: true }]];
  return [[{ text: `-- ${why} (${file})`, dim: true }], ...standing, [], ...sqlToLines(sql, width)];
}

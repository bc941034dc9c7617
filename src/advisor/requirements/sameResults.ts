/**
 * Whether queries return after what they return before. Rewrites were compared with their queries in the database, row by row.
 * A query that runs its own text is not run for it a second time: an index is another way to the same rows, unless it is
 * broken or built with a function that only claims to be IMMUTABLE, and a materialized view that no query reads changes nothing.
 */
import type { AnswerCheck } from '../../session/events.ts';
import type { Query } from '../../workload/types.ts';
import { type Known, queryName } from './known.ts';
import type { Evidence, Verdict, VerdictState } from './types.ts';
import { verdict, worstState } from './verdict.ts';

interface Compared {
  readonly query: Query;
  readonly name: string;
  readonly answer: AnswerCheck | undefined;
}

export function sameResults({ workload, on, after, answer }: Known): Verdict {
  const compared = workload.queries.flatMap(query =>
    query.rewrites
      .filter(({ needs }) => needs.every(id => on.includes(id)))
      .map(
        ({ id }): Compared => ({
          query,
          name: `${queryName({ query }, workload)} @${id}`,
          answer: answer(query.id, id),
        }),
      ),
  );
  // Through an approximate index the query's own text is no better than a rewrite.
  for (const { query, rewrite } of after.queries)
    if (rewrite !== undefined && !query.rewrites.some(({ id }) => id === rewrite))
      compared.push({
        query,
        name: `${queryName({ query }, workload)} @${rewrite}`,
        answer: answer(query.id, rewrite),
      });
  const rewritten = new Set(compared.map(({ query }) => query.id));
  const others = workload.queries.filter(({ id }) => !rewritten.has(id));
  const unchanged: readonly Evidence[] =
    others.length === 0
      ? []
      : [
          {
            text: `${[...new Set(others.map(query => `Q${query.number}`))].join(', ')}: the query’s own text, nothing to compare; that an index does not change it is by construction, not checked`,
          },
        ];
  const evidence = [
    ...compared.map(({ query, name, answer: found }) => ({
      queryId: query.id,
      text:
        found === undefined ? `${name}: not compared yet` : `${name}: ${found.verdict}: ${found.explanation}`,
    })),
    ...unchanged,
  ];
  if (compared.length === 0)
    return verdict('not applicable', '', 'every query runs its own text: nothing to compare', evidence);
  const state = worstState(compared.map(({ answer: found }) => stateOf(found)));
  const deciding = compared.filter(({ answer: found }) => stateOf(found) === state);
  const names = deciding.map(({ name }) => name).join(', ');
  const text =
    state === 'pass'
      ? `${names}: compared row by row in the database`
      : state === 'fail'
        ? `${names} returns something else: ${deciding[0]?.answer?.explanation ?? ''}`
        : `${names}: ${deciding[0]?.answer?.explanation ?? 'not compared yet'}`;
  return verdict(state, '', text, evidence);
}

function stateOf(answer: AnswerCheck | undefined): VerdictState {
  switch (answer?.verdict) {
    case 'same':
    case 'same but for ties':
      return 'pass';
    case 'different':
      return 'fail';
    default:
      return 'not measured';
  }
}

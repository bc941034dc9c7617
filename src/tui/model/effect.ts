/** What everything that is on does to all queries, in one line: `Q2 57× faster · Q5 1.6× slower · Q1 Q3 no change`. */

import { changeSpan } from '../panes/queries.ts';
import type { State } from '../state/types.ts';
import { changeOf } from './figure.ts';
import { isBaseline } from './selectors.ts';

export function effectWords(state: State): string {
  if (isBaseline(state)) return 'nothing is changed: the baseline';
  const clear: string[] = [];
  const still: string[] = [];
  const open: string[] = [];
  for (const { id, number } of state.workload.queries) {
    const change = changeOf(state, id);
    if (change.kind === 'faster' || change.kind === 'slower')
      clear.push(`Q${number} ${changeSpan(change).text}`);
    else if (change.kind === 'unknown' || change.kind === 'incomplete' || change.kind === 'unusable')
      open.push(`Q${number}`);
    else still.push(`Q${number}`);
  }
  const rest = (numbers: readonly string[], words: string) =>
    numbers.length === 0 ? [] : [`${numbers.join(' ')} ${words}`];
  return [...clear, ...rest(still, 'no change'), ...rest(open, 'not known')].join(' · ');
}

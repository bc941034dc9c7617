/** What everything that is on does to all queries, in one line: `Q2 57× faster · Q5 1.6× slower · Q1 Q3 same plan`. */

import { changeSpan } from '../panes/queries.ts';
import type { State } from '../state/state.ts';
import { changeOf } from './figure.ts';
import { isBaseline } from './selectors.ts';

export function effectWords(state: State): string {
  if (isBaseline(state)) return 'the baseline: no proposal is on';
  const clear: string[] = [];
  const same: string[] = [];
  const unclear: string[] = [];
  const open: string[] = [];
  for (const { id, number } of state.workload.queries) {
    const change = changeOf(state, id);
    if (change.kind === 'faster' || change.kind === 'slower')
      clear.push(`Q${number} ${changeSpan(change).text}`);
    else if (change.kind === 'same plan') same.push(`Q${number}`);
    else if (change.kind === 'no clear difference') unclear.push(`Q${number}`);
    else open.push(`Q${number}`);
  }
  const rest = (numbers: readonly string[], words: string) =>
    numbers.length === 0 ? [] : [`${numbers.join(' ')} ${words}`];
  return [
    ...clear,
    ...rest(unclear, 'no clear difference'),
    ...rest(same, 'same plan'),
    ...rest(open, 'not known'),
  ].join(' · ');
}

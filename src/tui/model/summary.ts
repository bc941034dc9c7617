/** The six queries as rows of a table: before, after, factor, target, and how the figures were got. */
import { harmless } from '../../format/harmless.ts';
import { truncate } from '../cell.ts';
import { changeSpan, figureSpan, howWords, targetSpan } from '../panes/queries.ts';
import type { State } from '../state/types.ts';
import { changeOf, figureOf } from './figure.ts';

export const SUMMARY_COLUMNS = ['query', 'before', 'after', 'change', 'target', 'got how'] as const;
export type SummaryRow = Record<(typeof SUMMARY_COLUMNS)[number], string>;

/** Cells of the borders and paddings, and of the widest texts in all columns but the title. */
const FIXED = 7 + 12 + 12 + 12 + 15 + 13;

export function summaryRows(state: State): SummaryRow[] {
  const { columns } = state.size;
  const wide = columns >= 120;
  const title = Math.max(12, columns - FIXED - (wide ? 24 : 11) - 2);
  return state.workload.queries.map(query => {
    const before = figureOf(state, query.id, 'before');
    const after = figureOf(state, query.id, 'after');
    return {
      query: truncate(`${query.number} ${harmless(query.title)}`, title),
      before: figureSpan(before, state.now).text,
      after: figureSpan(after, state.now).text,
      change: changeSpan(changeOf(state, query.id)).text,
      target: targetSpan(after, query.targetMs).text,
      'got how': wide ? howWords(before, after) : after.how,
    };
  });
}

/** The six queries as rows of a table: before, after, factor, target, and how the figures were got. */
import { sanitize } from '../../base/format.ts';
import { truncate } from '../cell.ts';
import { changeSpan, figureSpan, howWords, targetSpan } from '../panes/queries.ts';
import type { State } from '../state/types.ts';
import { changeOf, figureOf } from './figure.ts';
import { isBaseline } from './selectors.ts';

export const SUMMARY_COLUMNS = ['query', 'before', 'after', 'change', 'target', 'got how'] as const;
export type SummaryRow = Record<(typeof SUMMARY_COLUMNS)[number], string>;

/** Titles get what the other columns leave; wide screens tell how both figures were got. */
export function summaryRows(state: State): SummaryRow[] {
  const { columns } = state.size;
  const rows = state.workload.queries.map((query): SummaryRow => {
    const baseline = isBaseline(state);
    const before = figureOf(state, query.id, 'before');
    const after = figureOf(state, query.id, 'after');
    return {
      query: `${query.number} ${sanitize(query.title)}`,
      before: figureSpan(before, state.now).text,
      after: baseline ? '–' : figureSpan(after, state.now).text,
      change: baseline ? '–' : changeSpan(changeOf(state, query.id)).text,
      target: targetSpan(after, query.targetMs).text,
      'got how': columns >= 100 ? howWords(before, after) : after.how,
    };
  });
  const others = SUMMARY_COLUMNS.filter(column => column !== 'query').map(column =>
    Math.max(column.length, ...rows.map(row => row[column].length)),
  );
  // Each column has two blanks and a border, and the table one border more.
  const taken = others.reduce((sum, width) => sum + width, 0) + SUMMARY_COLUMNS.length * 3 + 1;
  const room = Math.max(8, columns - taken);
  return rows.map(row => ({ ...row, query: truncate(row.query, room) }));
}

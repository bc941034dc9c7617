/** Rows → the columns of one table. */
import type { Row } from '../../database/link.ts';
import type { LensColumn } from '../document.ts';
import { columnStatistics } from './columnStatistics.ts';
import type { Left } from './left.ts';
import { maybe, number, optionalText, text } from './rows.ts';

/** @param table For the list of omissions. @param rows Ordered by their numbers, without gaps. */
export function columnsOf(
  table: string,
  rows: readonly Row[],
  statistics: readonly Row[],
  left: Left,
): LensColumn[] {
  const unread = rows.filter(row => row.dropped !== true && row.readable !== true);
  if (unread.length > 0) {
    const all = rows.every(row => row.dropped === true || row.readable !== true);
    left.tell(
      `statistics of ${table}${all ? '' : `: ${unread.map(row => text(row, 'name')).join(', ')}`}`,
      'the role may not read these columns, so it is not shown their statistics',
    );
  }
  return rows.map(row => columnOf(table, row, statistics, left));
}

function columnOf(table: string, row: Row, statistics: readonly Row[], left: Left): LensColumn {
  const attribute = `a:${text(row, 'table')}.${text(row, 'number')}`;
  // Without its type it still has its place.
  if (row.dropped === true || !left.keeps(attribute, `column of ${table}:`, { name: row.name }))
    return { dropped: true };
  const own = statistics.filter(one => number(one, 'number') === number(row, 'number'));
  const [plain] = own.filter(one => one.inherited !== true);
  const [withChildren] = own.filter(one => one.inherited === true);
  const expression = optionalText(row, 'expression');
  return {
    name: text(row, 'name'),
    type: text(row, 'type'),
    notNull: row.notNull === true,
    ...maybe('collation', optionalText(row, 'collation')),
    ...maybe(
      'generated',
      expression === undefined
        ? undefined
        : { expression, kind: row.generated === 'v' ? ('virtual' as const) : ('stored' as const) },
    ),
    ...maybe('statistics', plain && columnStatistics(plain)),
    ...maybe('inheritedStatistics', withChildren && columnStatistics(withChildren)),
  };
}

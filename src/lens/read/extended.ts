/** Rows → extended statistics. */
import type { Row } from '../../database/link.ts';
import type { LensExtendedStatistics } from '../document.ts';
import { columnStatistics } from './columnStatistics.ts';
import type { Left } from './left.ts';
import type { LensAnswers } from './rows.ts';
import { groupBy, maybe, number, optionalText, text } from './rows.ts';

export function extendedOf(
  answers: LensAnswers,
  tables: ReadonlySet<string>,
  left: Left,
): LensExtendedStatistics[] {
  const rows = (answers.extended ?? []).filter(
    row => tables.has(text(row, 'table')) && left.keeps(`s:${text(row, 'id')}`, 'extended statistics', row),
  );
  const expressions = groupBy(answers.expressions ?? [], keyOf);
  for (const row of rows) {
    const name = `extended statistics ${text(row, 'schema')}.${text(row, 'name')}`;
    if (row.readable !== true)
      left.tell(`figures of ${name}`, 'only the owner of the table and superusers are shown them');
    if (row.combinations === true)
      left.tell(`most common combinations of ${name}`, 'lists of combinations of values (mcv) are left out');
    if (row.expressions === true && row.readable === true && answers.expressions === undefined)
      left.tell(`figures of the expressions of ${name}`, 'they could not be read without waiting for a lock');
  }
  return rows.map(row => ({
    schema: text(row, 'schema'),
    name: text(row, 'name'),
    definition: text(row, 'definition'),
    inherited: row.inherited === true,
    expressionStatistics: (expressions.get(keyOf(row)) ?? []).map(one => ({
      position: number(one, 'number'),
      ...columnStatistics(one),
    })),
    ...maybe('distinct', optionalText(row, 'distinct')),
    ...maybe('dependencies', optionalText(row, 'dependencies')),
  }));
}

const keyOf = (row: Row): string => `${text(row, 'id')} ${row.inherited === true}`;

/** Rows → tables with their columns, constraints and indexes. */
import type { Row } from '../../database/link.ts';
import type { LensConstraint, LensIndex, LensTable, LensTableKind } from '../document.ts';
import { columnStatistics } from './columnStatistics.ts';
import { columnsOf } from './columns.ts';
import type { Left } from './left.ts';
import { inOrder, type Needs } from './needs.ts';
import type { LensAnswers } from './rows.ts';
import { groupBy, maybe, number, optionalNumber, optionalText, text, texts } from './rows.ts';
import { query } from './schemaObjects.ts';

const KINDS: Readonly<Record<string, LensTableKind>> = {
  r: 'table',
  p: 'partitioned table',
  m: 'materialized view',
};

const CONSTRAINTS: Readonly<Record<string, LensConstraint['kind']>> = {
  c: 'check',
  p: 'primary key',
  u: 'unique',
  x: 'exclusion',
  f: 'foreign key',
};

export function tablesOf(answers: LensAnswers, left: Left, needs: Needs): LensTable[] {
  const { tables = [], columns = [], constraints = [], indexes = [], statistics = [] } = answers;
  const there = tables.filter(row => left.keeps(`r:${text(row, 'id')}`, 'table', row));
  const names = new Map(
    [...there, ...indexes.filter(row => !left.isMissing(`r:${text(row, 'id')}`))].map(row => [
      text(row, 'id'),
      { schema: text(row, 'schema'), name: text(row, 'name') },
    ]),
  );
  const columnsBy = groupBy(columns, row => text(row, 'table'));
  const constraintsBy = groupBy(constraints, row => text(row, 'table'));
  const indexesBy = groupBy(indexes, row => text(row, 'table'));
  const statisticsBy = groupBy(statistics, row => text(row, 'relation'));

  const constraintOf = (row: Row): LensConstraint => ({
    name: text(row, 'name'),
    kind: CONSTRAINTS[text(row, 'kind')] ?? 'check',
    definition: text(row, 'definition'),
  });
  const indexOf = (row: Row, made: ReadonlySet<string>): LensIndex => {
    const parent = names.get(text(row, 'parent'));
    const statisticsOfIt = statisticsBy.get(text(row, 'id')) ?? [];
    const name = `${text(row, 'schema')}.${text(row, 'name')}`;
    if (row.expressions === true && statisticsOfIt.length === 0 && row.readable !== true)
      left.tell(
        `statistics of the expressions of index ${name}`,
        'only its owner and superusers are shown them',
      );
    return {
      schema: text(row, 'schema'),
      name: text(row, 'name'),
      definition: text(row, 'definition'),
      method: text(row, 'method'),
      ...maybe(
        'constraint',
        made.has(text(row, 'constraintId')) ? optionalText(row, 'constraint') : undefined,
      ),
      ...maybe('parent', parent),
      ...maybe('columns', Array.isArray(row.columns) ? row.columns.map(Number) : undefined),
      ...maybe('keyColumns', optionalNumber(row, 'keyColumns')),
      ...maybe('unique', row.unique === true ? true : undefined),
      valid: row.valid === true,
      rows: number(row, 'rows'),
      pages: optionalNumber(row, 'pages') ?? number(row, 'countedPages'),
      expressionStatistics: statisticsOfIt.map(one => ({
        position: number(one, 'number'),
        ...columnStatistics(one),
      })),
    };
  };

  return inOrder(there, row => `r:${text(row, 'id')}`, needs).map(row => {
    const id = text(row, 'id');
    const name = `${text(row, 'schema')}.${text(row, 'name')}`;
    const kept = (constraintsBy.get(id) ?? []).filter(
      one =>
        row.locked !== true &&
        left.keeps(`c:${text(one, 'id')}`, `constraint of ${name}:`, { name: one.name }),
    );
    const made = new Set(kept.map(one => text(one, 'id')));
    const parents = texts(row, 'parents').flatMap(parent => names.get(parent) ?? []);
    const own = (indexesBy.get(id) ?? []).filter(
      one =>
        row.locked !== true &&
        left.keeps(`r:${text(one, 'id')}`, 'index', one) &&
        // The index of a constraint that was left out goes with it; a partition's comes from its parent.
        (optionalText(one, 'constraintId') === undefined ||
          made.has(text(one, 'constraintId')) ||
          names.has(text(one, 'parent'))),
    );
    if (row.locked === true)
      left.tell(
        name,
        'another session has locked it in ACCESS EXCLUSIVE mode: its indexes, constraints and generated expressions cannot be read, and its size is the one of the last ANALYZE or VACUUM',
      );
    else if (optionalNumber(row, 'pages') === undefined)
      left.tell(name, 'its size could not be asked for; it is the one of the last ANALYZE or VACUUM');
    const method = text(row, 'method');
    if (method !== '' && method !== 'heap')
      left.tell(name, `its access method ${method} is not taken over: it is planned as a heap`);
    const definition = left.isMissing(`d:${id}`) ? undefined : optionalText(row, 'definition');
    if (text(row, 'kind') === 'm' && definition === undefined)
      left.tell(
        `query of materialized view ${name}`,
        'left out: it reads what a lens does not have, or what is locked',
      );
    return {
      kind: KINDS[text(row, 'kind')] ?? 'table',
      schema: text(row, 'schema'),
      name: text(row, 'name'),
      columns: columnsOf(name, columnsBy.get(id) ?? [], statisticsBy.get(id) ?? [], left),
      rows: number(row, 'rows'),
      pages: optionalNumber(row, 'pages') ?? number(row, 'countedPages'),
      countedPages: number(row, 'countedPages'),
      allVisiblePages: number(row, 'allVisiblePages'),
      toastBytes: number(row, 'toastBytes'),
      options: texts(row, 'options'),
      ...maybe('partitionKey', optionalText(row, 'partitionKey')),
      ...maybe('partitionBound', parents.length === 0 ? undefined : optionalText(row, 'partitionBound')),
      parents,
      ...maybe('definition', definition === undefined ? undefined : query(definition)),
      constraints: kept.map(constraintOf),
      indexes: own.map(one => indexOf(one, made)),
    };
  });
}

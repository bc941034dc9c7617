/** Rows → tables with columns, statistics, constraints and indexes. */
import { groupBy } from '../../base/lists.ts';
import type { Row } from '../../database/link.ts';
import {
  type LensColumn,
  type LensColumnStatistics,
  type LensConstraint,
  type LensIndex,
  type LensTable,
  type LensTableKind,
  plainName,
} from '../document.ts';
import { inOrder, type Needs } from './needs.ts';
import {
  type LensAnswers,
  maybe,
  nameIn,
  number,
  numbers,
  type Omissions,
  optionalNumber,
  optionalText,
  text,
  texts,
} from './rows.ts';
import { query } from './schemaObjects.ts';

export function columnStatistics(row: Row): LensColumnStatistics {
  const common = optionalText(row, 'commonValues');
  const elements = optionalText(row, 'commonElements');
  const counts = numbers(row, 'elementCounts');
  return {
    nullFraction: number(row, 'nullFraction'),
    averageWidth: number(row, 'averageWidth'),
    distinct: number(row, 'distinct'),
    ...maybe(
      'mostCommon',
      common === undefined ? undefined : { values: common, frequencies: numbers(row, 'commonFrequencies') },
    ),
    ...maybe('histogram', optionalText(row, 'histogram')),
    ...maybe('correlation', optionalNumber(row, 'correlation')),
    ...maybe(
      'mostCommonElements',
      elements === undefined
        ? undefined
        : { values: elements, frequencies: numbers(row, 'elementFrequencies') },
    ),
    ...maybe('elementCountHistogram', counts.length === 0 ? undefined : counts),
    ...maybe('rangeLengthHistogram', optionalText(row, 'rangeLengths')),
    ...maybe('rangeEmptyFraction', optionalNumber(row, 'rangeEmpty')),
    ...maybe('rangeBoundsHistogram', optionalText(row, 'rangeBounds')),
  };
}

/** @param table Named in omissions. @param rows By column number, without gaps. */
function columnsOf(
  table: string,
  rows: readonly Row[],
  statistics: readonly Row[],
  omissions: Omissions,
): LensColumn[] {
  const unread = rows.filter(row => row.dropped !== true && row.readable !== true);
  if (unread.length > 0) {
    const all = rows.every(row => row.dropped === true || row.readable !== true);
    omissions.add(
      `statistics of ${table}${all ? '' : `: ${unread.map(row => text(row, 'name')).join(', ')}`}`,
      'the role may not read these columns, so their statistics are hidden from it',
    );
  }
  return rows.map(row => columnOf(table, row, statistics, omissions));
}

function columnOf(table: string, row: Row, statistics: readonly Row[], omissions: Omissions): LensColumn {
  const attribute = `a:${text(row, 'table')}.${text(row, 'number')}`;
  // A column without its type keeps its place.
  if (row.dropped === true || !omissions.keeps(attribute, `column of ${table}:`, { name: row.name }))
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

export function tablesOf(answers: LensAnswers, omissions: Omissions, needs: Needs): LensTable[] {
  const { tables = [], columns = [], constraints = [], indexes = [], statistics = [] } = answers;
  const there = tables.filter(row => omissions.keeps(`r:${text(row, 'id')}`, 'table', row));
  const names = new Map(
    [...there, ...indexes.filter(row => !omissions.isMissing(`r:${text(row, 'id')}`))].map(row => [
      text(row, 'id'),
      nameIn(row),
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
    const name = plainName(nameIn(row));
    if (row.expressions === true && statisticsOfIt.length === 0 && row.readable !== true)
      omissions.add(
        `statistics of the expressions of index ${name}`,
        'only its owner and superusers may see them',
      );
    return {
      ...nameIn(row),
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
    const name = plainName(nameIn(row));
    const kept = (constraintsBy.get(id) ?? []).filter(
      one =>
        row.locked !== true &&
        omissions.keeps(`c:${text(one, 'id')}`, `constraint of ${name}:`, { name: one.name }),
    );
    const made = new Set(kept.map(one => text(one, 'id')));
    const parents = texts(row, 'parents').flatMap(parent => names.get(parent) ?? []);
    const own = (indexesBy.get(id) ?? []).filter(
      one =>
        row.locked !== true &&
        omissions.keeps(`r:${text(one, 'id')}`, 'index', one) &&
        // Without its constraint an index is left out; a partition's index comes from its parent.
        (optionalText(one, 'constraintId') === undefined ||
          made.has(text(one, 'constraintId')) ||
          names.has(text(one, 'parent'))),
    );
    if (row.locked === true)
      omissions.add(
        name,
        'another session has locked it in ACCESS EXCLUSIVE mode: its indexes, constraints and generated expressions cannot be read, and its size is that of the last ANALYZE or VACUUM',
      );
    else if (optionalNumber(row, 'pages') === undefined)
      omissions.add(name, 'its size could not be read: it is that of the last ANALYZE or VACUUM');
    const method = text(row, 'method');
    if (method !== '' && method !== 'heap')
      omissions.add(name, `its access method ${method} is left out: it is planned as a heap`);
    const definition = omissions.isMissing(`d:${id}`) ? undefined : optionalText(row, 'definition');
    if (text(row, 'kind') === 'm' && definition === undefined)
      omissions.add(
        `query of materialized view ${name}`,
        'left out: it reads an object that is locked or that a lens does not have',
      );
    return {
      kind: KINDS[text(row, 'kind')] ?? 'table',
      ...nameIn(row),
      columns: columnsOf(name, columnsBy.get(id) ?? [], statisticsBy.get(id) ?? [], omissions),
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

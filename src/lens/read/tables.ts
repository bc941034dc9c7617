/** A row of pg_stats → the statistics of a column. */
import type { Row } from '../../database/link.ts';
import type {
  LensColumn,
  LensColumnStatistics,
  LensConstraint,
  LensIndex,
  LensTable,
  LensTableKind,
} from '../document.ts';
import { inOrder, type Needs } from './needs.ts';
import {
  groupBy,
  type Left,
  type LensAnswers,
  maybe,
  number,
  numbers,
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

/** Rows → the columns of one table. */

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
    left.add(
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

/** Rows → tables with their columns, constraints and indexes. */

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
      left.add(
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
      left.add(
        name,
        'another session has locked it in ACCESS EXCLUSIVE mode: its indexes, constraints and generated expressions cannot be read, and its size is the one of the last ANALYZE or VACUUM',
      );
    else if (optionalNumber(row, 'pages') === undefined)
      left.add(name, 'its size could not be asked for; it is the one of the last ANALYZE or VACUUM');
    const method = text(row, 'method');
    if (method !== '' && method !== 'heap')
      left.add(name, `its access method ${method} is not taken over: it is planned as a heap`);
    const definition = left.isMissing(`d:${id}`) ? undefined : optionalText(row, 'definition');
    if (text(row, 'kind') === 'm' && definition === undefined)
      left.add(
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

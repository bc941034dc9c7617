/** Writes a document's sizes and statistics into the catalog of a lens's base, as a superuser with search_path = pg_catalog. */
import { writtenKey } from '../../base/sql.ts';
import type { Link } from '../../database/link.ts';
import { arrayLength } from '../arrayText.ts';
import {
  isLive,
  type LensColumnStatistics,
  type LensDocument,
  type LensTable,
  type Omission,
  plainName,
} from '../document.ts';
import { fillExtended } from './extendedStatistics.ts';
import { COLUMN_TYPES, type ColumnTypes, type Prepared, statisticsRow } from './statisticsSql.ts';

/** Oid → blocks that the relation's file will have, and the height of a B-tree if known. */
export type Sizes = Map<string, { readonly pages: number; readonly height?: number | undefined }>;

async function relationsByName(link: Link): Promise<ReadonlyMap<string, string>> {
  const rows = await link.query(
    `SELECT c.oid::text AS oid, n.nspname AS schema, c.relname AS name FROM pg_class c
     JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'm', 'i', 'I')`,
  );
  return new Map(
    rows.map(({ oid, schema, name }) => [
      writtenKey({ schema: String(schema), name: String(name) }),
      String(oid),
    ]),
  );
}

export async function fillCatalog(
  link: Link,
  document: LensDocument,
  major: number,
): Promise<{ readonly sizes: Sizes; readonly hidden: readonly Omission[] }> {
  const oids = await relationsByName(link);
  const sizes: Sizes = new Map();
  const hidden: Omission[] = [];
  const statements: { readonly what: string; readonly prepared: Prepared }[] = [];
  const types = await typesOf(link, [...oids.values()]);
  const take = (what: string, oid: string, of: Omit<OfColumn, 'name'>, name: string): void => {
    const type = types.get(oid)?.get(of.number);
    if (type === undefined) return;
    const why = whyNot(of.statistics, type);
    if (why !== undefined) hidden.push({ what: name, why });
    // Of an unsafe type only the numbers are used.
    if (why !== undefined && type.safe) return;
    statements.push({ what, prepared: statisticsRow(oid, of.inherited, type, of.statistics) });
  };
  for (const table of document.tables) {
    const oid = oids.get(writtenKey(table));
    if (oid === undefined) continue;
    sizes.set(oid, table);
    const what = plainName(table);
    const size = { ...table, pages: table.countedPages };
    statements.push({ what, prepared: sizeRow(oid, size, major) });
    for (const of of columnsOf(table)) take(what, oid, of, `${what}.${of.name}`);
    for (const index of table.indexes) {
      const indexOid = oids.get(writtenKey(index));
      if (indexOid === undefined) continue;
      sizes.set(indexOid, index);
      const what = plainName(index);
      statements.push({ what, prepared: sizeRow(indexOid, { ...index, allVisiblePages: 0 }, major) });
      for (const statistics of index.expressionStatistics) {
        const { position: number } = statistics;
        take(what, indexOid, { number, inherited: false, statistics }, `expression ${number} of ${what}`);
      }
    }
  }
  const answers = await Promise.all(
    statements.map(({ prepared: { sql, values } }) =>
      link.query(sql, values).then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      ),
    ),
  );
  for (const [position, message] of answers.entries())
    if (message !== undefined)
      hidden.push({ what: statements[position]?.what ?? '', why: `its statistics were refused: ${message}` });
  hidden.push(...(await fillExtended(link, document, major)));
  return { sizes, hidden };
}

interface Size {
  readonly rows: number;
  readonly pages: number;
  readonly allVisiblePages: number;
}

function sizeRow(oid: string, { rows, pages, allVisiblePages }: Size, major: number): Prepared {
  return {
    sql: 'UPDATE pg_class SET reltuples = $2::float4, relpages = $3::bigint::int4, relallvisible = $4::bigint::int4 WHERE oid = $1::oid',
    values: [
      oid,
      // Before 14, relations that were never counted have 0 rows; -1 would be a number.
      major < 14 ? Math.max(0, rows) : rows,
      pages > 2 ** 31 - 1 ? pages - 2 ** 32 : pages,
      Math.min(allVisiblePages, 2 ** 31 - 1),
    ],
  };
}

interface OfColumn {
  readonly name: string;
  readonly number: number;
  readonly inherited: boolean;
  readonly statistics: LensColumnStatistics;
}

function columnsOf({ columns }: LensTable): readonly OfColumn[] {
  return columns.flatMap((column, index): OfColumn[] => {
    if (!isLive(column)) return [];
    return [column.statistics, column.inheritedStatistics].flatMap((statistics, at) =>
      statistics === undefined
        ? []
        : [{ name: column.name, number: index + 1, inherited: at === 1, statistics }],
    );
  });
}

/**
 * Why some of a column's statistics are left out: values of an unsafe type, or everything if lists do not fit each other.
 * The planner trusts its catalog: with fewer frequencies than values it would read beyond the list.
 */
function whyNot(statistics: LensColumnStatistics, { safe }: ColumnTypes): string | undefined {
  const { mostCommon, mostCommonElements, histogram, elementCountHistogram, ...rest } = statistics;
  const { rangeLengthHistogram, rangeBoundsHistogram } = rest;
  const lists = [histogram, rangeLengthHistogram, rangeBoundsHistogram].filter(list => list !== undefined);
  if (!safe)
    return lists.length > 0 || mostCommon?.values !== undefined || mostCommonElements?.values !== undefined
      ? 'its values are left out: reading one could run a function of the database, or they are not separated by commas'
      : undefined;
  const fits = (list: typeof mostCommon, more: readonly number[]): boolean =>
    list?.values === undefined ||
    more.some(extra => arrayLength(list.values ?? '') === list.frequencies.length - extra);
  const isWhole =
    fits(mostCommon, [0]) &&
    // Two or three more frequencies: least, greatest, and NULL's.
    fits(mostCommonElements, [2, 3]) &&
    lists.every(list => (arrayLength(list) ?? 0) >= 2) &&
    (elementCountHistogram === undefined || elementCountHistogram.length >= 2) &&
    // `empty` has no bounds, and planning would fail.
    (rangeBoundsHistogram === undefined || !/\bempty\b/i.test(rangeBoundsHistogram));
  return isWhole ? undefined : 'its statistics are left out: they do not fit each other';
}

type TypesByNumber = ReadonlyMap<number, ColumnTypes>;

/** Types by oid of the relation, then column number. */
export async function typesOf(
  link: Link,
  relations: readonly string[],
): Promise<ReadonlyMap<string, TypesByNumber>> {
  const rows = await link.query(COLUMN_TYPES, [relations]);
  const text = (value: unknown): string | undefined =>
    value === null || value === undefined ? undefined : String(value);
  const found = new Map<string, Map<number, ColumnTypes>>();
  for (const row of rows) {
    const relation = String(row.relation);
    const types = found.get(relation) ?? new Map<number, ColumnTypes>();
    found.set(
      relation,
      types.set(Number(row.number), {
        number: Number(row.number),
        type: String(row.type),
        collation: String(row.collation),
        element: text(row.element),
        elementCollation: text(row.element_collation) ?? '0',
        less: text(row.less),
        equal: text(row.equal),
        elementEqual: text(row.element_equal),
        safe: row.safe === true,
        bounds: row.bounds === '0' ? undefined : text(row.bounds),
      }),
    );
  }
  return found;
}

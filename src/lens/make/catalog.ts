/** Puts a document's sizes and statistics into the catalog of a lens's base. As a superuser, with search_path = pg_catalog. */
import type { Link } from '../../database/link.ts';
import { elementsOf } from '../arrayText.ts';
import type { Hidden, LensColumnStatistics, LensDocument, LensTable } from '../document.ts';
import { keyOf, plainName } from '../named.ts';
import { dependenciesBytes, distinctBytes } from './extendedStatistics.ts';
import { COLUMN_TYPES, type ColumnTypes, type Prepared, statisticsRow } from './statisticsSql.ts';

/** Oid → blocks that the relation really has, which its file will be as long as; of a B-tree its height where it is known. */
export type Sizes = Map<string, { readonly pages: number; readonly height?: number | undefined }>;

export async function relationsByName(link: Link): Promise<ReadonlyMap<string, string>> {
  const rows = await link.query(
    `SELECT c.oid::text AS oid, n.nspname AS schema, c.relname AS name FROM pg_class c
     JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'm', 'i', 'I')`,
  );
  return new Map(
    rows.map(({ oid, schema, name }) => [keyOf({ schema: String(schema), name: String(name) }), String(oid)]),
  );
}

export async function fillCatalog(
  link: Link,
  document: LensDocument,
  major: number,
): Promise<{ readonly sizes: Sizes; readonly hidden: readonly Hidden[] }> {
  const oids = await relationsByName(link);
  const sizes: Sizes = new Map();
  const hidden: Hidden[] = [];
  const statements: { readonly what: string; readonly prepared: Prepared }[] = [];
  const types = await typesOf(link, [...oids.values()]);
  for (const table of document.tables) {
    const oid = oids.get(keyOf(table));
    if (oid === undefined) continue;
    sizes.set(oid, table);
    const what = plainName(table);
    statements.push({ what, prepared: sizeRow(oid, table.rows, table.countedPages, table.allVisiblePages) });
    for (const prepared of columnRows(oid, table, types.get(oid))) statements.push({ what, prepared });
    for (const index of table.indexes) {
      const indexOid = oids.get(keyOf(index));
      if (indexOid === undefined) continue;
      sizes.set(indexOid, index);
      const what = plainName(index);
      statements.push({ what, prepared: sizeRow(indexOid, index.rows, index.pages, 0) });
      for (const statistics of index.expressionStatistics) {
        const type = types.get(indexOid)?.get(statistics.position);
        const prepared = type && consistent(statistics) && statisticsRow(indexOid, false, type, statistics);
        if (prepared) statements.push({ what, prepared });
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

function sizeRow(oid: string, rows: number, pages: number, allVisible: number): Prepared {
  return {
    sql: 'UPDATE pg_class SET reltuples = $2::float4, relpages = $3::bigint::int4, relallvisible = $4::bigint::int4 WHERE oid = $1::oid',
    values: [oid, rows, pages > 2 ** 31 - 1 ? pages - 2 ** 32 : pages, Math.min(allVisible, 2 ** 31 - 1)],
  };
}

function columnRows(oid: string, table: LensTable, types: TypesByNumber | undefined): Prepared[] {
  return table.columns.flatMap((column, index) => {
    const type = types?.get(index + 1);
    if (column.dropped === true || type === undefined) return [];
    return [
      ...(column.statistics !== undefined && consistent(column.statistics)
        ? [statisticsRow(oid, false, type, column.statistics)]
        : []),
      ...(column.inheritedStatistics !== undefined && consistent(column.inheritedStatistics)
        ? [statisticsRow(oid, true, type, column.inheritedStatistics)]
        : []),
    ];
  });
}

/** The planner trusts its catalog: as many frequencies as values, or it would read beyond them. */
function consistent({ mostCommon, mostCommonElements, histogram, ...rest }: LensColumnStatistics): boolean {
  const count = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : elementsOf(text)?.length;
  const fits = (list: typeof mostCommon, more: readonly number[]): boolean =>
    list?.values === undefined || more.some(extra => count(list.values) === list.frequencies.length - extra);
  const list = (text: string | undefined): boolean => text === undefined || (count(text) ?? 0) >= 2;
  return (
    fits(mostCommon, [0]) &&
    // The least and the greatest frequency, and that of NULL, follow.
    fits(mostCommonElements, [2, 3]) &&
    list(histogram) &&
    list(rest.rangeLengthHistogram) &&
    list(rest.rangeBoundsHistogram)
  );
}

type TypesByNumber = ReadonlyMap<number, ColumnTypes>;

/** @returns By oid. */
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
      }),
    );
  }
  return found;
}

/** There is no way in for these types: for the time of it, bytes are made to pass for them. */
async function fillExtended(link: Link, document: LensDocument, major: number): Promise<readonly Hidden[]> {
  const hidden: Hidden[] = [];
  const withData = document.statistics.filter(
    ({ distinct, dependencies }) => distinct !== undefined || dependencies !== undefined,
  );
  if (withData.length === 0) return hidden;
  const types = ['pg_ndistinct', 'pg_dependencies'];
  await link.batch(types.map(type => `CREATE CAST (bytea AS pg_catalog.${type}) WITHOUT FUNCTION`));
  for (const { schema, name, distinct, dependencies, inherited } of withData) {
    const what = `statistics ${schema}.${name}`;
    const bytes = [
      distinct === undefined ? null : (distinctBytes(distinct) ?? null),
      dependencies === undefined ? null : (dependenciesBytes(dependencies) ?? null),
    ];
    const inherit = major >= 15;
    try {
      await link.query(
        `DELETE FROM pg_statistic_ext_data WHERE stxoid = (${STATISTICS_OID})${inherit ? ' AND stxdinherit = $3' : ' AND $3::bool IS NOT NULL'}`,
        [schema, name, inherited],
      );
      await link.query(
        `INSERT INTO pg_statistic_ext_data (stxoid, stxdndistinct, stxddependencies${inherit ? ', stxdinherit' : ''})
         SELECT oid, $3::bytea::pg_ndistinct, $4::bytea::pg_dependencies${inherit ? ', $5::bool' : ''}
         FROM (${STATISTICS_OID}) found WHERE $5::bool IS NOT NULL`,
        [schema, name, ...bytes, inherited],
      );
    } catch (error) {
      hidden.push({
        what,
        why: `they were refused: ${error instanceof Error ? error.message : String(error)}`,
      });
    }
  }
  await link.batch(types.map(type => `DROP CAST (bytea AS pg_catalog.${type})`));
  return hidden;
}

const STATISTICS_OID = `SELECT s.oid FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
  WHERE n.nspname = $1 AND s.stxname = $2`;

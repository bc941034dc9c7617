/** The tables that statements read, their columns, and what pg_stats knows of those. Reads only. */
import type { Link } from '../database/link.ts';
import { rowsOf } from '../database/parts.ts';
import { resolveRelations } from '../database/resolve.ts';
import type { StoredTables } from '../session/engines/engine.ts';
import { type ColumnName, type HasColumn, type TableName, tableKey } from './scope.ts';

export interface ColumnStatistics {
  /** most_common_vals, the most common first, as text. */
  readonly common: readonly string[];
  /** histogram_bounds, ascending, as text. */
  readonly histogram: readonly string[];
  readonly isNumber: boolean;
  /** The type's name: `jsonb`, `inet` … */
  readonly type: string;
  /** most_common_freqs, as shares of all rows. */
  readonly frequencies: readonly number[];
  /** most_common_elems of an array's column, the most common first. */
  readonly elements: readonly string[];
}

export interface TableInfo {
  readonly oid: number;
  readonly name: string;
  /** Of PostgreSQL's own. */
  readonly isCatalog: boolean;
  /** pg_class.reltuples; 0 when never analyzed. */
  readonly rows: number;
  readonly columns: ReadonlyMap<string, ColumnStatistics>;
}

export class Tables {
  private readonly known: ReadonlyMap<string, TableInfo>;
  constructor(known: ReadonlyMap<string, TableInfo>) {
    this.known = known;
  }
  /** undefined for what the search_path does not find. */
  find(name: TableName): TableInfo | undefined {
    return this.known.get(tableKey(name));
  }
  readonly hasColumn: HasColumn = (table, column) => this.find(table)?.columns.has(column) === true;
  statisticsOf(column: ColumnName): ColumnStatistics | undefined {
    return this.find(column)?.columns.get(column.column);
  }
}

/** @throws DatabaseError */
export async function readTables(
  link: Link,
  names: readonly TableName[],
  stored: StoredTables,
): Promise<Tables> {
  const known = new Map<string, TableInfo>();
  const oids = await resolveRelations(
    link,
    names.map(({ schema, table }) => ({ schema, name: table })),
  );
  const rows = await link.query(
    `SELECT w.key, c.oid::int8 AS oid, n.nspname AS schema, c.relname AS name,
            n.nspname IN ('pg_catalog', 'information_schema') AS "isCatalog",
            w.rows, a.attname AS column, t.typcategory = 'N' AS "isNumber",
            t.typname AS type, s.common, s.histogram, s.frequencies, s.elements
     FROM (SELECT key, oid, ${rowsOf('oid')} AS rows FROM unnest($1::text[], $2::oid[]) named (key, oid)) w
     JOIN pg_catalog.pg_class c ON c.oid = w.oid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
     -- Of a partitioned table only the statistics of all its partitions exist.
     LEFT JOIN LATERAL (
       SELECT most_common_vals::text::text[] AS common, histogram_bounds::text::text[] AS histogram,
              most_common_freqs::float8[] AS frequencies,
              -- In the order of the elements themselves.
              ARRAY(SELECT e.element FROM unnest(most_common_elems::text::text[], most_common_elem_freqs) e (element, share)
                    WHERE e.element IS NOT NULL ORDER BY e.share DESC) AS elements
       FROM pg_catalog.pg_stats
       WHERE schemaname = n.nspname AND tablename = c.relname AND attname = a.attname
       ORDER BY inherited DESC LIMIT 1
     ) s ON true
     ORDER BY w.key, a.attnum`,
    [names.map(tableKey), oids],
  );
  for (const row of rows) {
    const key = String(row.key);
    const table = known.get(key);
    const columns = new Map(table?.columns);
    columns.set(String(row.column), {
      common: (row.common ?? []) as readonly string[],
      histogram: (row.histogram ?? []) as readonly string[],
      isNumber: row.isNumber === true,
      type: String(row.type),
      frequencies: (row.frequencies ?? []) as readonly number[],
      elements: (row.elements ?? []) as readonly string[],
    });
    known.set(key, {
      oid: Number(row.oid),
      name: String(row.name),
      isCatalog: row.isCatalog === true,
      rows: stored.get(`${row.schema}.${row.name}`)?.rows ?? Number(row.rows),
      columns,
    });
  }
  return new Tables(known);
}

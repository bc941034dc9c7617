/** The tables that statements read, with their columns and pg_stats. */
import type { Link, Row } from '../database/link.ts';
import { COLUMN_STATISTICS, rowsOf } from '../database/parts.ts';
import { resolveRelations } from '../database/resolve.ts';
import type { Engine, StoredTables } from '../session/engines/engine.ts';
import { type ColumnName, type HasColumn, type TableName, tableKey } from './scope.ts';

export interface ColumnStatistics {
  /** most_common_vals as text, most common first. */
  readonly common: readonly string[];
  /** histogram_bounds as text, ascending. */
  readonly histogram: readonly string[];
  readonly isNumber: boolean;
  /** Type name: `jsonb`, `inet` … */
  readonly type: string;
  /** most_common_freqs: shares of all rows. */
  readonly frequencies: readonly number[];
  /** most_common_elems of an array column, most common first. */
  readonly elements: readonly string[];
}

export interface TableInfo {
  readonly oid: number;
  readonly name: string;
  /** In pg_catalog or information_schema. */
  readonly isCatalog: boolean;
  /** pg_class.reltuples; 0: never analyzed. */
  readonly rows: number;
  readonly columns: ReadonlyMap<string, ColumnStatistics>;
}

export class Tables {
  constructor(private readonly known: ReadonlyMap<string, TableInfo>) {}
  /** undefined: not on the search_path. */
  find(name: TableName): TableInfo | undefined {
    return this.known.get(tableKey(name));
  }
  readonly hasColumn: HasColumn = (table, column) => this.find(table)?.columns.has(column) === true;
  statisticsOf(column: ColumnName): ColumnStatistics | undefined {
    return this.find(column)?.columns.get(column.column);
  }
}

/** Tables that an engine stores in parts (Citus shards, hypertables), and its statistics of them. */
export interface Parts extends Pick<Engine, 'statistics'> {
  readonly stored: StoredTables;
}

/** @throws DatabaseError */
export async function readTables(
  link: Link,
  names: readonly TableName[],
  { stored, statistics }: Parts,
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
     -- A partitioned table has only inherited statistics.
     LEFT JOIN LATERAL (
       SELECT ${COLUMN_STATISTICS}
       FROM pg_catalog.pg_stats p
       WHERE p.schemaname = n.nspname AND p.tablename = c.relname AND p.attname = a.attname
       ORDER BY p.inherited DESC LIMIT 1
     ) s ON true
     ORDER BY w.key, a.attnum`,
    [names.map(tableKey), oids],
  );
  const nameOf = (row: Row) => `${row.schema}.${row.name}`;
  const elsewhere = [...new Set(rows.map(nameOf))].filter(name => stored.has(name));
  const parts = new Map(
    statistics === undefined || elsewhere.length === 0
      ? []
      : (await statistics(link, elsewhere)).map(row => [`${row.key}.${row.column}`, row] as const),
  );
  for (const row of rows) {
    const key = String(row.key);
    const table = known.get(key);
    const columns = new Map(table?.columns);
    const found = parts.get(`${nameOf(row)}.${row.column}`) ?? row;
    columns.set(String(row.column), {
      common: (found.common ?? []) as readonly string[],
      histogram: (found.histogram ?? []) as readonly string[],
      isNumber: row.isNumber === true,
      type: String(row.type),
      frequencies: (found.frequencies ?? []) as readonly number[],
      elements: (found.elements ?? []) as readonly string[],
    });
    known.set(key, {
      oid: Number(row.oid),
      name: String(row.name),
      isCatalog: row.isCatalog === true,
      rows: stored.get(nameOf(row))?.rows ?? Number(row.rows),
      columns,
    });
  }
  return new Tables(known);
}

/**
 * Rows of tables, of a partitioned one those of its partitions: pg_class has their sum from PostgreSQL 14 on, as of its last
 * ANALYZE, and nothing before. Pure.
 */
import type { LensTable } from './document.ts';
import { plainName } from './named.ts';

/** By `schema.name`. @param rows Of a table that stores its own. */
export function totalRows(
  tables: readonly LensTable[],
  rows = (table: LensTable): number => table.rows,
): ReadonlyMap<string, number> {
  const totals = new Map(
    tables.map(table => [
      plainName(table),
      table.kind === 'partitioned table' ? 0 : Math.max(0, rows(table)),
    ]),
  );
  // A table comes before its partitions.
  for (const table of [...tables].reverse()) {
    if (table.partitionBound === undefined) continue;
    for (const name of table.parents.map(plainName))
      totals.set(name, (totals.get(name) ?? 0) + (totals.get(plainName(table)) ?? 0));
  }
  return totals;
}

/** The same tables, the partitioned ones with the rows of their partitions. */
export function withTotals(tables: readonly LensTable[]): LensTable[] {
  const totals = totalRows(tables);
  return tables.map(table => ({ ...table, rows: totals.get(plainName(table)) ?? table.rows }));
}

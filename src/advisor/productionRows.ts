/** How many rows a table has in production, by what the workload says of it, of its partitions, or of the table that it is a part of. Pure. */
import type { TableFact } from '../session/events.ts';

export type ProductionRows = Readonly<Record<string, number>>;

const nameOf = ({ schema, name }: Pick<TableFact, 'schema' | 'name'>): string => `${schema ?? ''}.${name}`;

/** A table called `constructor` is not found in every object. */
const own = (rows: ProductionRows, name: string): number | undefined =>
  Object.hasOwn(rows, name) ? rows[name] : undefined;

/** By `schema.name`, else by name. */
const saidOf = (rows: ProductionRows, table: Pick<TableFact, 'schema' | 'name'>): number | undefined =>
  own(rows, nameOf(table)) ?? own(rows, table.name);

/** undefined where the workload says nothing of it. */
export function productionRowsOf(
  table: TableFact,
  rows: ProductionRows,
  tables: readonly TableFact[],
): number | undefined {
  const said = saidOf(rows, table);
  if (said !== undefined) return said;
  // A partition without a figure of its own grows like its table.
  const whole = tables.find(other => nameOf(other) === table.partOf);
  const wholeSaid = whole && saidOf(rows, whole);
  if (whole !== undefined && wholeSaid !== undefined)
    return whole.rows > 0 ? (table.rows * wholeSaid) / whole.rows : undefined;
  const parts = tables.filter(({ partOf, hasParts }) => partOf === nameOf(table) && hasParts !== true);
  if (parts.every(part => saidOf(rows, part) === undefined)) return undefined;
  return parts.reduce((sum, part) => sum + (saidOf(rows, part) ?? part.rows), 0);
}

/** The table of a name that comes without its schema: of several the largest, as `tables` begins with the largest. */
export const tableNamed = (name: string, tables: readonly TableFact[]): TableFact | undefined =>
  tables.find(table => table.name === name);

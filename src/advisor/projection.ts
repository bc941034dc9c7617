/** How many rows a table has in production, by what the workload says of it, of its partitions, or of the table that it is a part of. Pure. */
import type { BuiltObject, TableFact } from '../session/events.ts';

type ProductionRows = Readonly<Record<string, number>>;

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

/** What objects built here would weigh in production. Pure. */

export interface Projection {
  readonly bytes: number;
  /** What has to hold for `bytes` to be right, as a sentence without a full stop. */
  readonly assumption: string;
}

interface Growth {
  readonly factor: number;
  /** Set when the factor is borrowed from another table. */
  readonly borrowed: string | undefined;
}

/** The growth of the table that grows most: what a view is assumed to follow when its own rows are not known. */
function fastest(productionRows: ProductionRows, tables: readonly TableFact[]): Growth | undefined {
  const growths = tables.flatMap(table => {
    const production = productionRowsOf(table, productionRows, tables);
    return production === undefined || table.rows <= 0
      ? []
      : [{ factor: production / table.rows, borrowed: table.name }];
  });
  return growths.reduce<Growth | undefined>(
    (most, growth) => (most === undefined || growth.factor > most.factor ? growth : most),
    undefined,
  );
}

/**
 * Bytes of the objects at production size: bytes × production rows of their table ÷ the rows really there.
 *
 * @param objects What one or more proposals brought into being.
 * @param productionRows Rows per table in production (the workload's budgets).
 * @param tables Rows of the tables here; a view without production rows of its own is assumed to grow like the
 *   table that grows most.
 * @returns undefined when an object's growth is not known (an unknown table, or one that is empty here).
 */
export function projectBytes(
  objects: readonly BuiltObject[],
  productionRows: ProductionRows,
  tables: readonly TableFact[] = [],
): Projection | undefined {
  const views = new Set(
    objects.filter(object => object.kind === 'materialized view').map(object => object.name),
  );
  const borrowers = new Map<string, string>();
  let bytes = 0;
  for (const object of objects) {
    const { table: name, rows } = object;
    const table = tableNamed(name, tables) ?? { name, rows, bytes: 0, allVisible: 1 };
    const production = productionRowsOf({ ...table, rows }, productionRows, tables);
    if (production !== undefined && object.rows > 0) {
      bytes += object.bytes * (production / object.rows);
      continue;
    }
    const growth = views.has(object.table) ? fastest(productionRows, tables) : undefined;
    if (growth === undefined) {
      if (object.bytes === 0) continue;
      return undefined;
    }
    bytes += object.bytes * growth.factor;
    borrowers.set(object.table, growth.borrowed ?? '');
  }
  const borrowed = [...borrowers].map(([view, table]) => `, ${view} grows like ${table}`).join('');
  return { bytes: Math.round(bytes), assumption: ASSUMPTION + borrowed };
}

const ASSUMPTION = 'bytes grow with rows';

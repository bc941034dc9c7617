/** A table's rows, and the bytes of built objects, at production size. */
import type { BuiltObject, TableFact } from '../session/events.ts';

type ProductionRows = Readonly<Record<string, number>>;

const nameOf = ({ schema, name }: Pick<TableFact, 'schema' | 'name'>): string => `${schema ?? ''}.${name}`;

/** A table may be called `constructor`. */
const own = (rows: ProductionRows, name: string): number | undefined =>
  Object.hasOwn(rows, name) ? rows[name] : undefined;

/** Looks for `schema.name`, then for the name. */
const saidOf = (rows: ProductionRows, table: Pick<TableFact, 'schema' | 'name'>): number | undefined =>
  own(rows, nameOf(table)) ?? own(rows, table.name);

/** From the workload's figure for the table, its partitions, or its partitioned table; undefined: it has none. */
export function productionRowsOf(
  table: TableFact,
  rows: ProductionRows,
  tables: readonly TableFact[],
): number | undefined {
  const said = saidOf(rows, table);
  if (said !== undefined) return said;
  // A partition without a figure grows like its partitioned table.
  const whole = tables.find(other => nameOf(other) === table.partOf);
  const wholeSaid = whole && saidOf(rows, whole);
  if (whole !== undefined && wholeSaid !== undefined)
    return whole.rows > 0 ? (table.rows * wholeSaid) / whole.rows : undefined;
  const parts = tables.filter(({ partOf, hasParts }) => partOf === nameOf(table) && hasParts !== true);
  if (parts.every(part => saidOf(rows, part) === undefined)) return undefined;
  return parts.reduce((sum, part) => sum + (saidOf(rows, part) ?? part.rows), 0);
}

/** Finds a table without its schema. Tables come largest first, so the largest of several wins. */
export const tableNamed = (name: string, tables: readonly TableFact[]): TableFact | undefined =>
  tables.find(table => table.name === name);

export interface Projection {
  readonly bytes: number;
  /** What must hold for `bytes` to be right; a clause. */
  readonly assumption: string;
}

interface Growth {
  readonly factor: number;
  /** The table that the factor comes from. */
  readonly borrowed: string | undefined;
}

/** The largest growth of any table: the assumption for a view whose production rows are unknown. */
function fastest(productionRows: ProductionRows, tables: readonly TableFact[]): Growth | undefined {
  const growths = tables.flatMap(table => {
    const production = productionRowsOf(table, productionRows, tables);
    return production === undefined || table.rows <= 0
      ? []
      : [{ factor: production / table.rows, borrowed: table.name }];
  });
  return growths.toSorted((a, b) => b.factor - a.factor)[0];
}

/**
 * Bytes at production size: bytes × production rows of the object's table ÷ its rows here.
 *
 * @param productionRows Rows per table in production (the workload's budgets).
 * @param tables Tables here. A view without production rows grows like the table that grows most.
 * @returns undefined: an object's growth is unknown (an unknown table, or one that is empty here).
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

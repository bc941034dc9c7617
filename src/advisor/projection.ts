/** What objects built here would weigh in production. Pure. */
import type { BuiltObject, TableFact } from '../session/events.ts';
import { type ProductionRows, productionRowsOf, tableNamed } from './productionRows.ts';

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
 * @returns undefined when an object's growth cannot be told (an unknown table, or one that is empty here).
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

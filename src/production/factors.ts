/** How many times the rows production has of each table. Pure. */
import type { Hidden, LensDocument } from '../lens/document.ts';
import { plainName } from '../lens/named.ts';
import { totalRows } from '../lens/totalRows.ts';

const own = (record: Readonly<Record<string, number>>, key: string): number | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/**
 * Production's rows over the rows here, by `schema.name`. A partition grows like its table, a table like its partitions together.
 * A view that `rows` does not count is missing.
 */
export function tableFactors(
  { tables }: LensDocument,
  rows: Readonly<Record<string, number>>,
): { readonly factors: Map<string, number>; readonly hidden: Hidden[] } {
  const factors = new Map<string, number>();
  const hidden: Hidden[] = [];
  const here = totalRows(tables);
  for (const table of tables) {
    const name = plainName(table);
    const wanted = own(rows, name) ?? own(rows, table.name);
    const counted = here.get(name) ?? 0;
    if (wanted !== undefined && counted > 0) factors.set(name, wanted / counted);
  }
  for (const table of tables) {
    const [parent] = table.parents;
    const name = plainName(table);
    const inherited = parent === undefined ? undefined : factors.get(plainName(parent));
    if (!factors.has(name) && inherited !== undefined) factors.set(name, inherited);
  }
  for (const table of tables) {
    const name = plainName(table);
    if (factors.has(name) || table.kind !== 'table') continue;
    factors.set(name, 1);
    if (table.rows > 0)
      hidden.push({ what: name, why: 'production_rows does not count it: taken as it is here' });
  }
  const then = totalRows(tables, table => table.rows * (factors.get(plainName(table)) ?? 1));
  for (const name of tables.filter(({ kind }) => kind === 'partitioned table').map(plainName)) {
    const counted = here.get(name) ?? 0;
    if (!factors.has(name) && counted > 0) factors.set(name, (then.get(name) ?? 0) / counted);
  }
  return { factors, hidden };
}

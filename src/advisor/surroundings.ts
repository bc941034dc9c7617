/** What a session knows beside a plan, for findings: tables here and in production, budgets, what was built. Pure. */
import type { ProposedObject, Surroundings } from '../plan/findings/find.ts';
import type { BuiltObject, TableFact } from '../session/events.ts';
import type { Workload } from '../workload/types.ts';

/** PostgreSQL up to 14 lets a hash table take work_mem, from 15 on twice as much. */
const DOUBLE_HASH_MEM = 15;

/** @param serverVersion `15.18`; undefined while it is not known. */
export function surroundingsFor(
  { budgets }: Workload,
  tables: readonly TableFact[],
  serverVersion: string | undefined,
  proposed: readonly ProposedObject[] = [],
): Surroundings {
  const { largeTableRows, productionRows, workMemBytes } = budgets;
  const here = new Map(tables.map(({ name, rows }) => [name, rows]));
  const major = Number.parseInt(serverVersion ?? '', 10);
  return {
    largeTableRows,
    memoryLimitBytes: workMemBytes,
    ...(Number.isNaN(major) ? {} : { hashMemMultiplier: major < DOUBLE_HASH_MEM ? 1 : 2 }),
    // A table that is large in production only is worth a warning here, too.
    tableRows: relation => {
      const rows = here.get(relation) ?? 0;
      const production = Object.hasOwn(productionRows, relation) ? (productionRows[relation] ?? 0) : 0;
      return rows < largeTableRows && production >= largeTableRows
        ? { rows: production, where: 'production' }
        : { rows, where: 'here' };
    },
    ...(proposed.length === 0 ? {} : { proposed }),
  };
}

export function proposedBy(proposal: string, objects: readonly BuiltObject[]): readonly ProposedObject[] {
  return objects.map(({ kind, name, table, usable }) => ({ proposal, kind, name, table, usable }));
}

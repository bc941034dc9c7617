/** What findings need besides a plan: table sizes here and in production, budgets, built objects. */
import type { ProposedObject, Surroundings } from '../plan/findings/find.ts';
import type { BuiltObject, TableFact } from '../session/events.ts';
import type { Workload } from '../workload/workload.ts';
import { productionRowsOf, tableNamed } from './projection.ts';

/** The default of hash_mem_multiplier is 1 up to PostgreSQL 14 and 2 from 15 on. */
const DOUBLE_HASH_MEM = 15;

/** @param serverVersion `15.18`; undefined: not known yet. */
export function surroundingsFor(
  { budgets }: Workload,
  tables: readonly TableFact[],
  serverVersion: string | undefined,
  proposed: readonly ProposedObject[] = [],
): Surroundings {
  const { largeTableRows, productionRows, workMemBytes } = budgets;
  const major = Number.parseInt(serverVersion ?? '', 10);
  return {
    largeTableRows,
    memoryLimitBytes: workMemBytes,
    ...(Number.isNaN(major) ? {} : { hashMemMultiplier: major < DOUBLE_HASH_MEM ? 1 : 2 }),
    // Warn about a table that is large only in production, too.
    tableRows: once(relation => {
      const table = tableNamed(relation, tables) ?? { name: relation, rows: 0, bytes: 0, allVisible: 1 };
      const { rows } = table;
      const production = productionRowsOf(table, productionRows, tables) ?? 0;
      return rows < largeTableRows && production >= largeTableRows
        ? { rows: production, where: 'production' }
        : { rows, where: 'here' };
    }),
    ...(proposed.length === 0 ? {} : { proposed }),
  };
}

/** A plan may scan 100,000 partitions. */
function once<T>(answer: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return name => {
    const found = known.get(name) ?? answer(name);
    known.set(name, found);
    return found;
  };
}

export function proposedBy(proposal: string, objects: readonly BuiltObject[]): readonly ProposedObject[] {
  return objects.map(({ kind, name, table, usable }) => ({ proposal, kind, name, table, usable }));
}

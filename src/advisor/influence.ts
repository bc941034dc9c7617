/**
 * Which proposals may change a query's plan without being used in it. A unique index proves that a join needs no
 * further rows. An index on an expression has statistics. For a comparison at the end of a histogram, or a merge
 * join, the planner reads the column's extremes from a B-tree without a predicate (PostgreSQL's
 * get_actual_variable_range). In doubt a proposal counts as influential.
 */
import type { IndexShape } from '../workload/indexShape.ts';
import type { Reads } from '../workload/reads.ts';
import { type Mask, maskWhere } from './masks.ts';

/** What a proposal creates or drops, as far as plans depend on it. */
export interface Touched {
  /** The targets of its statements, and the views that it creates. */
  readonly relations: readonly string[];
  /** `shape` is undefined for an index to drop, for statistics and for ANALYZE. */
  readonly indexes: readonly { readonly on: string; readonly shape: IndexShape | undefined }[];
  readonly exists: boolean;
}

/** What the survey knows about a query after its first plan. */
export interface Scope {
  readonly reads: Reads;
  readonly tables: ReadonlyMap<string, { readonly hasParts: boolean }>;
  readonly planRelations: ReadonlySet<string>;
}

/** Whether a query may read relations that its text does not name: through views, functions, partitions. */
function isOpaque({ reads, tables, planRelations }: Scope): boolean {
  const unknown = [...reads.relations].some(name => !tables.has(name) && !reads.ctes.has(name));
  return reads.opaque || unknown || [...planRelations].some(name => !reads.relations.has(name));
}

/** The plan shows what views, functions and partitioned tables hid, with two exceptions. */
function mayRead(scope: Scope, name: string, exists: boolean): boolean {
  if (scope.reads.relations.has(name) || scope.planRelations.has(name)) return true;
  // A partitioned table's own name, and a table whose join an existing index makes unnecessary.
  return isOpaque(scope) && (exists || scope.tables.get(name)?.hasParts !== false);
}

export function relevantTo(scope: Scope, proposals: readonly Touched[]): Mask {
  if (scope.reads.hidden === true) return maskWhere(proposals, () => true);
  return maskWhere(proposals, ({ relations, exists }) =>
    relations.some(name => mayRead(scope, name, exists)),
  );
}

/** The proposals that can change the query's plan without being used in it. */
export function influenceOn(scope: Scope, proposals: readonly Touched[]): Mask {
  if (scope.reads.hidden === true) return maskWhere(proposals, () => true);
  const { columns, compared } = scope.reads;
  const opaque = isOpaque(scope);
  const isNamed = (names: ReadonlySet<string> | undefined, column: string) =>
    opaque || names === undefined || names.has(column);
  return maskWhere(proposals, ({ indexes, exists }) =>
    indexes.some(({ on, shape }) => {
      if (!mayRead(scope, on, exists)) return false;
      if (shape === undefined) return true;
      const { unique, keys, isPartial, method } = shape;
      if ((unique || keys.includes(undefined)) && shape.columns.every(column => isNamed(columns, column)))
        return true;
      return method === 'btree' && !isPartial && keys[0] !== undefined && isNamed(compared, keys[0]);
    }),
  );
}

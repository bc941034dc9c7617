/**
 * Which proposals may change a query's plan without being used in it. An index that no plan scans can still matter: a
 * unique one proves that joins need not look further, one on an expression has statistics, and for a comparison at the
 * end of a histogram, or a merge join's, the planner looks the column's real extremes up in a B-tree without a
 * predicate (PostgreSQL's get_actual_variable_range). Where in doubt, it may. Pure.
 */
import type { IndexShape } from '../workload/indexShape.ts';
import type { Reads } from '../workload/reads.ts';
import type { Mask } from './masks.ts';

/** What a proposal would create or take away, as far as it matters here. */
export interface Touched {
  /** Tables and views that its statements are on, and views that it creates. */
  readonly relations: readonly string[];
  /** Of each index; undefined for what is not an index, or not known: an index to drop, statistics, ANALYZE. */
  readonly indexes: readonly { readonly on: string; readonly shape: IndexShape | undefined }[];
  /** They are there today: indexes to drop. */
  readonly exists: boolean;
}

/** What is known of a query before its plans are asked for. */
export interface Scope {
  readonly reads: Reads;
  /** Tables of the database by name, and whether other tables are parts of them. */
  readonly tables: ReadonlyMap<string, { readonly hasParts: boolean }>;
  /** Of the plan of the database as it is. */
  readonly planRelations: ReadonlySet<string>;
}

/** Whether a query reads more than its text says: views, functions, partitions. */
function isOpaque({ reads, tables, planRelations }: Scope): boolean {
  const unknown = [...reads.relations].some(name => !tables.has(name) && !reads.ctes.has(name));
  return reads.opaque || unknown || [...planRelations].some(name => !reads.relations.has(name));
}

/** Whether a query may read a relation: the plan shows what a view, a function or a partitioned table hid, but for ... */
function mayRead(scope: Scope, name: string, exists: boolean): boolean {
  if (scope.reads.relations.has(name) || scope.planRelations.has(name)) return true;
  // … a partitioned table's own name, and a table that an index of today makes it needless to join.
  return isOpaque(scope) && (exists || scope.tables.get(name)?.hasParts !== false);
}

/** The proposals that can make a difference to the query at all. */
export function relevantTo(scope: Scope, proposals: readonly Touched[]): Mask {
  if (scope.reads.hidden === true) return maskOf(proposals, () => true);
  return maskOf(proposals, ({ relations, exists }) => relations.some(name => mayRead(scope, name, exists)));
}

/** Of them, those that may make one without being used. */
export function influenceOn(scope: Scope, proposals: readonly Touched[]): Mask {
  if (scope.reads.hidden === true) return maskOf(proposals, () => true);
  const { columns, compared } = scope.reads;
  const opaque = isOpaque(scope);
  const isNamed = (names: ReadonlySet<string> | undefined, column: string) =>
    opaque || names === undefined || names.has(column);
  return maskOf(proposals, ({ indexes, exists }) =>
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

function maskOf(proposals: readonly Touched[], isIt: (proposal: Touched) => boolean): Mask {
  return proposals.reduce((mask, proposal, position) => (isIt(proposal) ? mask | (1 << position) : mask), 0);
}

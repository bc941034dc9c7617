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
}

/** What is known of a query before its plans are asked for. */
export interface Scope {
  readonly reads: Reads;
  /** Tables of the database by name. */
  readonly tables: ReadonlySet<string>;
  /** Of the plan of the database as it is. */
  readonly planRelations: ReadonlySet<string>;
}

/** Whether a query may read more than its text says: views, functions, partitions. */
export function isOpaque({ reads, tables, planRelations }: Scope): boolean {
  const unknown = [...reads.relations].some(name => !tables.has(name) && !reads.ctes.has(name));
  return reads.opaque || unknown || [...planRelations].some(name => !reads.relations.has(name));
}

/** The proposals that can make a difference to the query at all. */
export function relevantTo(scope: Scope, proposals: readonly Touched[]): Mask {
  const opaque = isOpaque(scope);
  return maskOf(
    proposals,
    ({ relations }) => opaque || relations.some(name => scope.reads.relations.has(name)),
  );
}

/** Of them, those that may make one without being used. */
export function influenceOn(scope: Scope, proposals: readonly Touched[]): Mask {
  const { reads } = scope;
  const opaque = isOpaque(scope);
  return maskOf(proposals, ({ indexes }) =>
    indexes.some(({ on, shape }) => {
      if (!opaque && !reads.relations.has(on)) return false;
      if (shape === undefined || shape.unique || shape.hasExpression) return true;
      const { leadingColumn, isPartial, method } = shape;
      const named = leadingColumn === undefined || opaque || reads.columns.has(leadingColumn);
      return method === 'btree' && !isPartial && named;
    }),
  );
}

function maskOf(proposals: readonly Touched[], isIt: (proposal: Touched) => boolean): Mask {
  return proposals.reduce((mask, proposal, position) => (isIt(proposal) ? mask | (1 << position) : mask), 0);
}

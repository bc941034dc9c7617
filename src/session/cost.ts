/** What a proposal costs those who write, and those who keep a view fresh: the figures of a session. */
import type { WriteRuns } from './writeRounds.ts';

/** One kind of write on one table, before the proposal was built and after. */
export type WriteComparison =
  | { readonly without: WriteRuns; readonly with: WriteRuns }
  /** Why it was not measured, one phrase. */
  | { readonly reason: string };

export interface TableWriteCost {
  /** The table's name without its schema. */
  readonly table: string;
  readonly insert: WriteComparison;
  readonly update: WriteComparison;
  /** Row versions that the roll-backs left behind in the table: space until the next VACUUM. */
  readonly deadRows: number;
}

export interface RefreshCost {
  readonly view: string;
  /** Time of each REFRESH, ms, in order; its indexes are built anew in it. */
  readonly runsMs: readonly number[];
  /** Of the view's query: blocks from outside PostgreSQL's cache, from its cache, and temporary ones read and written. */
  readonly blocksRead: number | undefined;
  readonly blocksHit: number | undefined;
  readonly temporaryBlocks: number | undefined;
  /** Whether REFRESH … CONCURRENTLY would be accepted, so that readers need not wait. */
  readonly concurrently: boolean;
  /** Why there are fewer runs, or none. */
  readonly reason: string | undefined;
}

export interface ProposalCost {
  readonly tables: readonly TableWriteCost[];
  readonly views: readonly RefreshCost[];
}

/** A view as the cost is measured on it. */
export interface BuiltView {
  readonly oid: number;
  readonly name: string;
  readonly qualifiedName: string;
}

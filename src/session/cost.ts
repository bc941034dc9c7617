/** The measured cost of a proposal: for writers, and for refreshing its views. */
import type { WriteRuns } from './writeRounds.ts';

/** One kind of write on one table, before and after the build. */
export type WriteComparison =
  | { readonly without: WriteRuns; readonly with: WriteRuns }
  /** Why it was not measured, one phrase. */
  | { readonly reason: string };

export interface TableWriteCost {
  /** Without its schema. */
  readonly table: string;
  readonly insert: WriteComparison;
  readonly update: WriteComparison;
  /** Row versions that the rollbacks left in the table: space until the next VACUUM. */
  readonly deadRows: number;
}

export interface RefreshCost {
  readonly view: string;
  /** Time of each REFRESH, ms, in order, including the rebuild of its indexes. */
  readonly runsMs: readonly number[];
  /** Blocks of the view's query: read from outside PostgreSQL's cache, found in it, and temporary ones. */
  readonly blocksRead: number | undefined;
  readonly blocksHit: number | undefined;
  readonly temporaryBlocks: number | undefined;
  /** Whether PostgreSQL accepts REFRESH … CONCURRENTLY, which does not block readers. */
  readonly concurrently: boolean;
  /** Why there are fewer runs, or none. */
  readonly reason: string | undefined;
}

export interface ProposalCost {
  readonly tables: readonly TableWriteCost[];
  readonly views: readonly RefreshCost[];
}

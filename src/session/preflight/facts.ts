/** What the session will do on a named database, reported before it touches anything. Bytes, ms and rows are plain numbers. */

import type { Relative } from '../../database/relatives.ts';
import type { OtherTransaction } from '../unusable.ts';
import type { Hypopg } from './hypopg.ts';
import type { Lock } from './locks.ts';

export interface Preflight {
  readonly server: PreflightServer;
  /** The tables that queries read and proposals are about, largest first. */
  readonly tables: readonly PreflightTable[];
  readonly proposals: readonly PreflightProposal[];
  /** Queries the server cannot plan: found without running any. */
  readonly brokenQueries: readonly { readonly queryId: string; readonly reason: string }[];
  /** Functions of the database's own that the server's read-only mode may not bind, and the queries that reach them. */
  readonly unboundFunctions: readonly { readonly name: string; readonly queryIds: readonly string[] }[];
  /** The role that queries run as, if not the server's `user`, and its settings that cannot be applied here; clauses. */
  readonly role: { readonly name: string; readonly missing: readonly string[] } | undefined;
  /** Tables of the queries whose row security does not bind the role that runs them. */
  readonly rowSecurityBypassed: readonly string[];
  /** Transactions of other sessions that began before ours would, the oldest first, as far as the role may see them. */
  readonly olderTransactions: readonly OtherTransaction[];
  /** temp_file_limit, bytes; undefined for none. */
  readonly tempLimitBytes: number | undefined;
}

export interface PreflightServer {
  readonly version: string;
  readonly database: string;
  readonly user: string;
  /** When it was started, to the microsecond: two names of one server give the same. */
  readonly startedAt: string;
  readonly superuser: boolean;
  readonly standby: boolean;
  /** How what is built but off is kept from the planner (hide.ts). */
  readonly hiding: 'catalog' | 'drop' | 'lens';
  /** Why nothing can be built here at all; undefined where it can. */
  readonly cannotBuild: string | undefined;
  /** For estimates of what cannot be built; undefined where it is not installed. */
  readonly hypopg: Hypopg | undefined;
  /** The product, if it is more or other than PostgreSQL. */
  readonly relative: Relative | undefined;
}

export interface PreflightTable {
  readonly schema: string;
  readonly name: string;
  readonly rows: number;
  /** With TOAST, without indexes. */
  readonly bytes: number;
  /** Share of pages that are all-visible, 0…1. */
  readonly allVisible: number;
  /** Rows changed since the last ANALYZE, as a share of all; undefined where statistics are not collected. */
  readonly changedSinceAnalyze: number | undefined;
  readonly everAnalyzed: boolean;
  /** The role owns it (or is a member of the owner): only owners may build indexes. */
  readonly owned: boolean;
  /** Sessions of others that hold a lock for writing on it just now. */
  readonly writersNow: number;
  /** Rows inserted, updated and deleted since statistics were reset. */
  readonly rowsWritten: number;
  /** At every level. */
  readonly partitions: readonly { readonly schema: string; readonly name: string }[];
}

export interface PreflightProposal {
  readonly id: string;
  /** Bytes it will take, from widths in the statistics; undefined where they say nothing. */
  readonly bytes: number | undefined;
  /** Bytes read to build it. */
  readonly reads: number | undefined;
  /** ms, at an assumed rate (build-estimate.ts). */
  readonly buildMs: number | undefined;
  readonly locks: readonly Lock[];
  /** Why it will fail, as far as is known. */
  readonly problem: string | undefined;
  /** Why it cannot be built, where it is estimated through HypoPG instead; undefined for all others. */
  readonly hypothetical: string | undefined;
}

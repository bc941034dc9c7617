/**
 * The preflight report on a named database: what the session would do, before it touches anything. Bytes, ms and rows
 * are plain numbers.
 */

import type { NameInSchema } from '../../base/sql.ts';
import type { Product } from '../../database/products.ts';
import type { OtherTransaction } from '../unusable.ts';
import type { Hypopg } from './hypopg.ts';
import type { Lock } from './locks.ts';

export interface Preflight {
  readonly server: PreflightServer;
  readonly tables: readonly PreflightTable[];
  readonly proposals: readonly PreflightProposal[];
  /** Queries that the server cannot plan; none was run. */
  readonly brokenQueries: readonly { readonly queryId: string; readonly reason: string }[];
  /** User-defined functions that the server's read-only mode may not restrict, and the queries that reach them. */
  readonly unboundFunctions: readonly { readonly name: string; readonly queryIds: readonly string[] }[];
  /** The role that queries run as, if not the server's `user`, and its settings that cannot be applied here; clauses. */
  readonly role: { readonly name: string; readonly missing: readonly string[] } | undefined;
  /** Tables of the queries whose row security does not bind the role that runs them. */
  readonly rowSecurityBypassed: readonly string[];
  /** Transactions of other sessions that began earlier, the oldest first, as far as the role may see them. */
  readonly olderTransactions: readonly OtherTransaction[];
  /** temp_file_limit, bytes; undefined for none. */
  readonly tempLimitBytes: number | undefined;
}

export interface PreflightServer {
  readonly version: string;
  readonly database: string;
  readonly user: string;
  /** Start time to the microsecond, which identifies the server under any name. */
  readonly startedAt: string;
  readonly superuser: boolean;
  readonly standby: boolean;
  /** How the session hides built objects that are off (hide.ts). */
  readonly hiding: 'catalog' | 'drop' | 'lens';
  /** Why this server takes no builds at all; undefined where it does. */
  readonly cannotBuild: string | undefined;
  /** undefined where it is not installed. */
  readonly hypopg: Hypopg | undefined;
  /** The product, if it is more or other than PostgreSQL. */
  readonly product: Product | undefined;
}

export interface PreflightTable {
  readonly schema: string;
  readonly name: string;
  readonly rows: number;
  /** With TOAST, without indexes. */
  readonly bytes: number;
  /** Share of pages that are all-visible, 0…1. */
  readonly allVisible: number;
  /** Rows changed since the last ANALYZE, as a share of all; undefined where the server collects no statistics. */
  readonly changedSinceAnalyze: number | undefined;
  readonly everAnalyzed: boolean;
  /** The role owns it or is a member of the owner: only owners may build indexes. */
  readonly owned: boolean;
  /** Other sessions that hold a lock for writing on it now. */
  readonly writersNow: number;
  /** Rows inserted, updated and deleted since statistics were reset. */
  readonly rowsWritten: number;
  /** At every level. */
  readonly partitions: readonly NameInSchema[];
}

export interface PreflightProposal {
  readonly id: string;
  /** Estimated size, from widths in the statistics; undefined where they have none. */
  readonly bytes: number | undefined;
  /** ms, at an assumed rate (buildEstimate.ts). */
  readonly buildMs: number | undefined;
  readonly locks: readonly Lock[];
  /** Why the build will fail, as far as the catalog shows. */
  readonly problem: string | undefined;
  /** Why it cannot be built, if HypoPG estimates it instead; undefined otherwise. */
  readonly hypothetical: string | undefined;
}

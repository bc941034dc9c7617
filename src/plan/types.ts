/** The shape of a plan as the rest of the program sees it. Units: ms, bytes, blocks of 8 kB, rows. */

/** Totals over all loops and processes, children included (PostgreSQL's own accounting). */
export interface Buffers {
  readonly sharedHit: number;
  readonly sharedRead: number;
  readonly sharedDirtied: number;
  readonly sharedWritten: number;
  readonly localHit: number;
  readonly localRead: number;
  readonly localDirtied: number;
  readonly localWritten: number;
  readonly tempRead: number;
  readonly tempWritten: number;
}

export interface PlanNode {
  /** Position in a depth-first walk from the root (root is 0); unique in its plan. */
  readonly id: number;
  readonly depth: number;
  /** PostgreSQL's `Node Type`. */
  readonly nodeType: string;
  /** As EXPLAIN's text format would head it: `Parallel Index Only Scan using i on orders o`. */
  readonly label: string;
  readonly relation: string | undefined;
  readonly schema: string | undefined;
  readonly alias: string | undefined;
  readonly index: string | undefined;
  /** `CTE x`, `InitPlan 1 (returns $0)`, `SubPlan 2`, or undefined. */
  readonly subplanName: string | undefined;
  readonly parentRelationship: string | undefined;
  readonly parallelAware: boolean;
  readonly startupCost: number;
  readonly totalCost: number;
  /** The planner's estimate of rows per loop. */
  readonly planRows: number;
  readonly planWidth: number;
  /** undefined when the plan was not executed with ANALYZE. */
  readonly actual: NodeActuals | undefined;
  readonly workersPlanned: number | undefined;
  readonly workersLaunched: number | undefined;
  /** Filter, Index Cond, Sort Key … in PostgreSQL's own words, in the server's order. */
  readonly details: readonly { readonly key: string; readonly value: string }[];
  /** Everything the server sent for this node but its children. */
  readonly raw: Readonly<Record<string, unknown>>;
  readonly children: readonly PlanNode[];
}

export interface NodeActuals {
  /** False when `Actual Loops` is 0: "never executed", not "0 ms". */
  readonly executed: boolean;
  readonly loops: number;
  /** Total rows over all loops. */
  readonly rows: number;
  readonly rowsPerLoop: number;
  /** Wall time with children, ms; undefined with TIMING OFF. */
  readonly inclusiveMs: number | undefined;
  /** Wall time without children (see metrics.ts for the rules), ms; undefined with TIMING OFF. */
  readonly exclusiveMs: number | undefined;
  /** undefined without BUFFERS. */
  readonly buffers: Buffers | undefined;
  /** Without children, never negative. */
  readonly exclusiveBuffers: Buffers | undefined;
  /** Total rows removed by filters, join filters and index rechecks over all loops. */
  readonly rowsRemoved: number;
  readonly heapFetches: number | undefined;
}

export interface Plan {
  readonly root: PlanNode;
  readonly analyzed: boolean;
  /** Nodes carry times (ANALYZE with TIMING ON). */
  readonly timed: boolean;
  readonly planningMs: number | undefined;
  readonly executionMs: number | undefined;
  /** Non-default planner settings (EXPLAIN (SETTINGS)). */
  readonly settings: Readonly<Record<string, string>>;
  /** Same structure, same fingerprint: stable across runs, machines and sizes (see fingerprint.ts). */
  readonly fingerprint: string;
}

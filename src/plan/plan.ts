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

/** Waits for blocks under track_io_timing, ms over all loops and processes; in parallel they may exceed the wall time. */
export interface IoTimes {
  /** Tables, indexes and temporary tables. */
  readonly readMs: number;
  readonly writeMs: number;
  /** Temporary files: what spilled. */
  readonly tempReadMs: number;
  readonly tempWriteMs: number;
}

/** Write-ahead log written. */
export interface WalUsage {
  readonly records: number;
  readonly fullPageImages: number;
  readonly bytes: number;
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
  /** Not run by its parent: another server's plan, or one that was run before (Citus). Its figures stand apart. */
  readonly apart: boolean;
  /** Root of the tree whose figures it belongs to: 0, or the nearest node above that stands apart. */
  readonly scope: number;
  readonly parallelAware: boolean;
  /** False under COSTS OFF: costs, rows and width are 0 and mean nothing then. */
  readonly hasEstimates: boolean;
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
  /** Wall time without children (see docs/plans.md for the rules), ms; undefined with TIMING OFF. */
  readonly exclusiveMs: number | undefined;
  /** undefined without BUFFERS. */
  readonly buffers: Buffers | undefined;
  /** Without children, never negative. */
  readonly exclusiveBuffers: Buffers | undefined;
  /** undefined without BUFFERS under track_io_timing. */
  readonly io: IoTimes | undefined;
  readonly exclusiveIo: IoTimes | undefined;
  /** undefined without WAL. */
  readonly wal: WalUsage | undefined;
  readonly exclusiveWal: WalUsage | undefined;
  /** Total rows removed by filters, join filters and index rechecks over all loops. */
  readonly rowsRemoved: number;
  readonly heapFetches: number | undefined;
}

export interface Plan {
  readonly root: PlanNode;
  /**
   * What the planners expect the whole to cost: the root, and what it does not count, the plans that stand apart (Citus' tasks, as
   * far as EXPLAIN shows them).
   */
  readonly totalCost: number;
  readonly analyzed: boolean;
  /** Nodes carry times (ANALYZE with TIMING ON). */
  readonly timed: boolean;
  readonly planningMs: number | undefined;
  readonly executionMs: number | undefined;
  /** Non-default planner settings (EXPLAIN (SETTINGS)). */
  readonly settings: Readonly<Record<string, string>>;
  /** What stands beside the tree: planning, triggers, JIT, serialization. */
  readonly beside: Beside;
  /** The statement, where auto_explain said it. */
  readonly queryText: string | undefined;
  /** It reads an index that is not there (HypoPG): it cannot be run. Left out of every plan that can. @internal */
  readonly hypothetical?: true;
  /** Ids of the proposals that the planner read or relied on; undefined where no session says so. @internal */
  readonly uses?: readonly string[];
  /** Functions that the query calls and that run queries of their own; undefined where no session says so. @internal */
  readonly hiddenPlans?: readonly string[];
  /** Citus does not show what the servers do for it: equal fingerprints do not mean the same plan. @internal */
  readonly hiddenTasks?: true;
  /** Same structure, same fingerprint: stable across runs, machines and sizes (see fingerprint.ts). */
  readonly fingerprint: string;
}

export interface Trigger {
  /** `RI_ConstraintTrigger_c_16413`, or the constraint's name. */
  readonly name: string;
  /** It checks a constraint: a foreign key, mostly. */
  readonly constraint: boolean;
  readonly relation: string | undefined;
  /** ms; undefined with TIMING OFF. */
  readonly ms: number | undefined;
  readonly calls: number;
}

/** Just-in-time compilation. ms are undefined where the server does not print them (a plan that was not run, TIMING OFF). */
export interface Jit {
  readonly functions: number;
  /** In all. */
  readonly ms: number | undefined;
  readonly generationMs: number | undefined;
  readonly inliningMs: number | undefined;
  readonly optimizationMs: number | undefined;
  readonly emissionMs: number | undefined;
}

/** None of it is part of any node's time: it stands beside the tree. */
export interface Beside {
  readonly triggers: readonly Trigger[];
  /** Just-in-time compilation, ms in all; its times are in the nodes' as well, wherever it happened. */
  readonly jit: Jit | undefined;
  /** Sending the rows: EXPLAIN (SERIALIZE), PostgreSQL 17. */
  readonly serialization: { readonly ms: number | undefined; readonly bytes: number } | undefined;
  readonly planningBuffers: Buffers | undefined;
  /** EXPLAIN (MEMORY), PostgreSQL 17: bytes the planner used. */
  readonly planningBytes: number | undefined;
  /** Everything else that the server sent beside the plan, in its words. */
  readonly other: readonly { readonly key: string; readonly value: string }[];
}

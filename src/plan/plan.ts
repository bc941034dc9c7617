/** The types of a parsed plan. Units: ms, bytes, blocks of 8 kB, rows. */

/** Totals over all loops and processes, children included, as PostgreSQL counts them. */
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

/** I/O times under track_io_timing, ms over all loops and processes. In parallel plans they may exceed the wall time. */
export interface IoTimes {
  /** Tables, indexes and temporary tables. */
  readonly readMs: number;
  readonly writeMs: number;
  /** Temporary files. */
  readonly tempReadMs: number;
  readonly tempWriteMs: number;
}

export interface WalUsage {
  readonly records: number;
  readonly fullPageImages: number;
  readonly bytes: number;
}

/** A line below a node or next to the tree: `Filter: (a = 1)`. */
export interface Detail {
  readonly key: string;
  readonly value: string;
}

export interface PlanNode {
  /** Position in a depth-first walk; the root is 0. */
  readonly id: number;
  readonly depth: number;
  readonly nodeType: string;
  /** As in EXPLAIN's text format: `Parallel Index Only Scan using i on orders o`. */
  readonly label: string;
  readonly relation: string | undefined;
  readonly schema: string | undefined;
  readonly alias: string | undefined;
  readonly index: string | undefined;
  /** `CTE x`, `InitPlan 1 (returns $0)`, `SubPlan 2`, or undefined. */
  readonly subplanName: string | undefined;
  readonly parentRelationship: string | undefined;
  /** Its parent does not execute it: another server's plan, or one that ran before (Citus). Its figures are separate. */
  readonly apart: boolean;
  /** Id of the root whose figures include this node: 0, or the nearest node at or above it that is `apart`. */
  readonly scope: number;
  readonly parallelAware: boolean;
  /** False under COSTS OFF; then costs, rows and width are 0. */
  readonly hasEstimates: boolean;
  readonly startupCost: number;
  readonly totalCost: number;
  /** Estimated rows of one loop. */
  readonly planRows: number;
  readonly planWidth: number;
  /** undefined without ANALYZE. */
  readonly actual: NodeActuals | undefined;
  readonly workersPlanned: number | undefined;
  readonly workersLaunched: number | undefined;
  /** Filter, Index Cond, Sort Key … in the server's words and order. */
  readonly details: readonly Detail[];
  /** The server's object for this node, without its children. */
  readonly raw: Readonly<Record<string, unknown>>;
  readonly children: readonly PlanNode[];
}

export interface NodeActuals {
  /** False when `Actual Loops` is 0: "never executed", not "0 ms". */
  readonly executed: boolean;
  readonly loops: number;
  /** Over all loops. */
  readonly rows: number;
  readonly rowsPerLoop: number;
  /** Wall time with children, ms; undefined with TIMING OFF. */
  readonly inclusiveMs: number | undefined;
  /** Wall time without children (see docs/plans.md for the rules), ms; undefined with TIMING OFF. */
  readonly exclusiveMs: number | undefined;
  /** undefined without BUFFERS. */
  readonly buffers: Buffers | undefined;
  /** Without children, never negative; so are the other `exclusive…` counters. */
  readonly exclusiveBuffers: Buffers | undefined;
  /** undefined without BUFFERS under track_io_timing. */
  readonly io: IoTimes | undefined;
  readonly exclusiveIo: IoTimes | undefined;
  /** undefined without WAL. */
  readonly wal: WalUsage | undefined;
  readonly exclusiveWal: WalUsage | undefined;
  /** By filters, join filters and index rechecks, over all loops. */
  readonly rowsRemoved: number;
  readonly heapFetches: number | undefined;
}

export interface Plan {
  readonly root: PlanNode;
  /** Cost of the root and of every plan that is `apart`: Citus' coordinator does not count its tasks. */
  readonly totalCost: number;
  readonly analyzed: boolean;
  /** Executed with ANALYZE and TIMING ON. */
  readonly timed: boolean;
  readonly planningMs: number | undefined;
  readonly executionMs: number | undefined;
  /** Non-default planner settings, from EXPLAIN (SETTINGS). */
  readonly settings: Readonly<Record<string, string>>;
  /** Figures that belong to no node: planning, triggers, JIT, serialization. */
  readonly statement: StatementFigures;
  /** The statement, if auto_explain logged it. */
  readonly queryText: string | undefined;
  /** It reads a hypothetical index (HypoPG), so it cannot be executed. @internal */
  readonly hypothetical?: true;
  /** Ids of the proposals that the planner read or relied on; undefined if the plan comes from no session. @internal */
  readonly uses?: readonly string[];
  /** Called functions that run queries of their own; undefined if the plan comes from no session. @internal */
  readonly hiddenPlans?: readonly string[];
  /** Citus hides the tasks' plans: equal fingerprints may be different plans. @internal */
  readonly hiddenTasks?: true;
  /** Equal for equal structures, on any run, machine and size (fingerprint.ts). */
  readonly fingerprint: string;
}

export interface Trigger {
  /** `RI_ConstraintTrigger_c_16413`, or the name of the constraint. */
  readonly name: string;
  /** It enforces a constraint, mostly a foreign key. */
  readonly constraint: boolean;
  readonly relation: string | undefined;
  /** undefined with TIMING OFF. */
  readonly ms: number | undefined;
  readonly calls: number;
}

/** Times are undefined if the server does not print them (no ANALYZE, TIMING OFF). */
export interface Jit {
  readonly functions: number;
  /** Total. */
  readonly ms: number | undefined;
  readonly generationMs: number | undefined;
  readonly inliningMs: number | undefined;
  readonly optimizationMs: number | undefined;
  readonly emissionMs: number | undefined;
}

/** What EXPLAIN reports next to the tree. */
export interface StatementFigures {
  readonly triggers: readonly Trigger[];
  /** Its times are also part of the nodes' times. */
  readonly jit: Jit | undefined;
  /** EXPLAIN (SERIALIZE), PostgreSQL 17: converting the rows for the client. */
  readonly serialization: { readonly ms: number | undefined; readonly bytes: number } | undefined;
  readonly planningBuffers: Buffers | undefined;
  /** EXPLAIN (MEMORY), PostgreSQL 17. */
  readonly planningBytes: number | undefined;
  /** Everything else next to the tree, in the server's words. */
  readonly other: readonly Detail[];
}

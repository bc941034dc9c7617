/** The parts of a `check --json` document that a comparison reads, from the earlier check and the new one. */

/** Fields that older programs did not write are null or empty. */
export interface Comparable {
  readonly program: string | null;
  /** ISO 8601. */
  readonly at: string | null;
  readonly target: {
    readonly embedded: boolean | null;
    readonly scale: number | null;
    readonly serverVersion: string | null;
    readonly tables: readonly ComparableTable[];
  };
  readonly workload: {
    readonly budgets: { readonly workMemBytes: number | null; readonly timeoutMs: number | null };
  };
  /** Settings for both sides; absent in older documents. */
  readonly settings?: readonly { readonly name: string; readonly value: string }[];
  readonly proposals: readonly ComparableProposal[];
  readonly queries: readonly ComparableQuery[];
  readonly requirements: readonly ComparableRequirement[];
}

export interface ComparableRequirement {
  readonly id: string;
  readonly title: string;
  readonly after: { readonly state: string; readonly text: string };
}

export interface ComparableTable {
  readonly schema?: string | undefined;
  readonly name: string;
  readonly rows: number;
  /** The size when the rows were counted. */
  readonly bytes?: number | undefined;
  /** False before the first ANALYZE. */
  readonly counted?: boolean | undefined;
}

interface ComparableProposal {
  readonly id: string;
  readonly kind: string;
  readonly on: boolean;
}

export interface ComparableQuery extends QueryName {
  readonly number: number | null;
  readonly targetMs: number | null;
  readonly before: ComparableSide;
  readonly after: ComparableSide;
  readonly samePlan: boolean;
  readonly answers: readonly { readonly rewrite: string; readonly verdict: string }[];
}

/** The fields that identify a query. */
export interface QueryName {
  readonly id: string;
  readonly title: string;
}

export interface ComparableSide {
  readonly medianMs: number | null;
  readonly runsMs: readonly number[];
  readonly timedOutAfterMs: number | null;
  readonly meetsTarget: boolean | null;
  readonly failure: string | null;
  /** Why its figures are unknown; absent in older documents. */
  readonly unknown?: string | null;
  readonly rewrite: string | null;
  readonly fingerprint: string | null;
  readonly findings: readonly { readonly rule: string; readonly text: string }[];
  /** Depth-first. */
  readonly plan: readonly ComparableNode[];
}

export interface ComparableNode {
  readonly depth: number;
  readonly label: string;
  readonly nodeType: string;
  readonly relation: string | null;
  readonly index: string | null;
  /** Blocks including children; null: not executed. */
  readonly buffers: { readonly tempWritten: number } | null;
}

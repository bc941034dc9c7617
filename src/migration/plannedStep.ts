/** The types of a migration: kept proposals, steps and their rollback, and the locks of statements. */
import type { SurveyedProposal } from '../advisor/survey.ts';
import { asWritten, type WrittenName } from '../base/sql.ts';
import type { Proposal } from '../workload/workload.ts';

/** A kept proposal, with what building it has shown. */
export interface Kept {
  readonly proposal: Proposal;
  /** undefined if it was not built. */
  readonly built:
    | Pick<SurveyedProposal, 'objects' | 'bytes' | 'freedBytes' | 'buildMs' | 'refreshMs' | 'refreshHow'>
    | undefined;
  /** Size in production; undefined if unknown. */
  readonly projectedBytes: number | undefined;
  /** Sentences about what no index serves after a drop. */
  readonly lost: readonly string[];
  /** Files of the change that read its views: `queries/05-lifetime@stats.sql`. */
  readonly readBy: readonly string[];
}

/** In the order of execution. */
export const PHASES = ['statistics', 'indexes', 'analyze', 'views', 'drops'] as const;
export type Phase = (typeof PHASES)[number];

/** One statement of a file, with its comment. */
export interface SqlStep {
  /** Without dashes. */
  readonly comment: readonly string[];
  /** Without a semicolon. */
  readonly sql: string;
  /** 'briefly': others queue behind its lock request, so it gives up soon. 'patiently': others do not wait for it. */
  readonly waits: 'briefly' | 'patiently';
  /** Must exist and be valid in the end. */
  readonly makes?: Made | undefined;
}

export const briefly = (sql: string, comment: readonly string[] = []): SqlStep => ({
  comment,
  sql,
  waits: 'briefly',
});

export const patiently = (sql: string, comment: readonly string[] = []): SqlStep => ({
  comment,
  sql,
  waits: 'patiently',
});

export interface Step extends SqlStep {
  readonly phase: Phase;
  /** In this order. Empty if another step's undo covers it. */
  readonly undo: readonly SqlStep[];
}

/** Without a schema: the first of search_path. */
export interface Made extends WrittenName {
  readonly kind: 'index' | 'materialized view' | 'statistics';
}

// Comment lines about the lock of each kind of statement, and who waits for it.

const shortly = 'for a moment. It gives up after lock_timeout so that others do not queue behind it.';

export const LOCKS = {
  concurrently: [
    'Lock: SHARE UPDATE EXCLUSIVE on the table. Reads and writes go on; VACUUM, ANALYZE and other DDL on it wait.',
    'It scans the table twice and waits for every transaction that is older, so it takes longer than a plain build.',
  ],
  plain: ['Lock: SHARE on the table and all its partitions until it is done: writers wait, readers do not.'],
  hypertable: [
    'Lock: SHARE on the hypertable and all its chunks until it is done: a hypertable takes no CONCURRENTLY.',
    'WITH (timescaledb.transaction_per_chunk) locks one chunk at a time, and leaves an invalid index if it fails.',
  ],
  onlyParent: [
    `Lock: SHARE on the partitioned table, ${shortly}`,
    'It is empty and invalid until the index of every partition is attached.',
  ],
  attach: [`Lock: ACCESS EXCLUSIVE on the partition's new index, ${shortly}`],
  statistics: ['Lock: SHARE UPDATE EXCLUSIVE on the table: reads and writes go on.'],
  analyze: ['Lock: SHARE UPDATE EXCLUSIVE: reads and writes go on; VACUUM and other DDL on it wait.'],
  view: [
    'Lock: ACCESS SHARE on the relations that it reads: other sessions do not wait. VACUUM cannot remove rows that die meanwhile.',
  ],
  onView: ['Lock: SHARE on the view, which no session reads yet: hence not CONCURRENTLY.'],
  dropConcurrently: [
    'Lock: SHARE UPDATE EXCLUSIVE on the table. It waits until no older transaction can use the index; other sessions do not wait.',
  ],
  drop: [`Lock: ACCESS EXCLUSIVE on the table and all its partitions, ${shortly}`],
  dropView: [`Lock: ACCESS EXCLUSIVE on the view, ${shortly}`],
} as const satisfies Record<string, readonly string[]>;

/** @param options.ifExists For a rollback, which may follow a migration that failed halfway. */
export function dropIndex(
  index: WrittenName,
  { concurrent, ifExists = false }: { readonly concurrent: boolean; readonly ifExists?: boolean },
  comment: readonly string[] = [],
): SqlStep {
  const sql = `DROP INDEX ${concurrent ? 'CONCURRENTLY ' : ''}${ifExists ? 'IF EXISTS ' : ''}${asWritten(index)}`;
  return concurrent
    ? patiently(sql, [...comment, ...LOCKS.dropConcurrently])
    : briefly(sql, [...comment, ...LOCKS.drop]);
}

/** Explanations that follow the first line and appear once per file. */
export const ONCE_PER_FILE: ReadonlySet<string> = new Set(
  [LOCKS.concurrently, LOCKS.onlyParent].flatMap(([, ...more]) => more),
);

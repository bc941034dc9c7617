/** What a change is made of: what is kept, the steps that bring it about, and the way back. */
import type { SurveyedProposal } from '../advisor/survey.ts';
import type { WrittenName } from '../base/sql.ts';
import type { Proposal } from '../workload/workload.ts';

/** A proposal that is kept, and what building it here has shown. */
export interface Kept {
  readonly proposal: Proposal;
  /** undefined: it was not built here. */
  readonly built:
    | Pick<SurveyedProposal, 'objects' | 'bytes' | 'freedBytes' | 'buildMs' | 'refreshMs' | 'refreshHow'>
    | undefined;
  /** What it would weigh in production; undefined where that is not known. */
  readonly projectedBytes: number | undefined;
  /** Of an index to drop: what no index serves any more without it, a sentence each. */
  readonly lost: readonly string[];
  /** Files of the change with the queries that read its views: `queries/05-lifetime@stats.sql`. */
  readonly readBy: readonly string[];
}

/** In the order in which they are carried out. */
export const PHASES = ['statistics', 'indexes', 'analyze', 'views', 'drops'] as const;
export type Phase = (typeof PHASES)[number];

/** One statement of a file. */
export interface SqlStep {
  /** Lines above it, without the dashes. */
  readonly comment: readonly string[];
  /** Without a semicolon. */
  readonly sql: string;
  /**
   * 'briefly': while it waits for its lock, others queue up behind it, so it gives up. 'patiently': whom it waits for it
   * does not hold up.
   */
  readonly waits: 'briefly' | 'patiently';
  /** What must be there, and valid, in the end. */
  readonly makes?: Made | undefined;
}

export interface Step extends SqlStep {
  readonly phase: Phase;
  /** In this order. Empty where undoing another step undoes it too. */
  readonly undo: readonly SqlStep[];
}

/** A schema of undefined: the first one of search_path. */
export interface Made extends WrittenName {
  readonly kind: 'index' | 'materialized view' | 'statistics';
}

/** Which lock each kind of statement takes, and whom it keeps waiting: lines of comment. */

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
    'Lock: ACCESS SHARE on the relations that it reads: other sessions do not wait. Rows that die meanwhile stay until it is done.',
  ],
  onView: ['Lock: SHARE on the view, which no session reads yet: hence not CONCURRENTLY.'],
  dropConcurrently: [
    'Lock: SHARE UPDATE EXCLUSIVE on the table. It waits until no older transaction can use the index; other sessions do not wait.',
  ],
  drop: [`Lock: ACCESS EXCLUSIVE on the table and all its partitions, ${shortly}`],
  dropView: [`Lock: ACCESS EXCLUSIVE on the view, ${shortly}`],
} as const satisfies Record<string, readonly string[]>;

/** What is said behind the first line once a file: it would hide the rest. */
export const SAID_ONCE: ReadonlySet<string> = new Set(
  [LOCKS.concurrently, LOCKS.onlyParent].flatMap(([, ...more]) => more),
);

/** Which lock each kind of statement takes, and whom it keeps waiting: lines of comment. */

const shortly = 'for a moment. It gives up after lock_timeout rather than have others queue up behind it.';

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
    'Lock: ACCESS SHARE on what it reads: other sessions do not wait. Rows that die meanwhile stay until it is done.',
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

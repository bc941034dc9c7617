/** Which lines are `Key: value`, and which keys EXPLAIN itself prints. */

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

const KEY = /^([A-Z][A-Za-z0-9/ _-]{0,60}):(?: +|$)/;

export function keyValue(text: string): KeyValue | undefined {
  // A trigger's name may be anything.
  if (text.startsWith('Trigger ')) return { key: 'Trigger', value: text.slice('Trigger'.length) };
  const found = KEY.exec(text);
  return found === null ? undefined : { key: found[1] ?? '', value: text.slice(found[0].length) };
}

const PATTERNS =
  /^(?:Rows Removed by .*|Worker \d+|(?:Index|Recheck|TID|Hash|Merge) Cond|(?:Join |One-Time |Conflict )?Filter|(?:Sort|Presorted|Group|Hash|Cache) Key|JIT for worker \d+)$/;

const KNOWN: ReadonlySet<string> = new Set([
  'Output',
  'Order By',
  'Run Condition',
  'Window',
  'Inner Unique',
  'Disabled',
  'Single Copy',
  'Sort Method',
  'Full-sort Groups',
  'Pre-sorted Groups',
  'Buckets',
  'Batches',
  'Planned Partitions',
  'Hits',
  'Cache Mode',
  'Heap Blocks',
  'Heap Fetches',
  'Index Searches',
  'Storage',
  'Sampling',
  'Workers Planned',
  'Workers Launched',
  'Conflict Resolution',
  'Conflict Arbiter Indexes',
  'Tuples Inserted',
  'Conflicting Tuples',
  'Tuples',
  'Function Call',
  'Table Function Call',
  'Remote SQL',
  'Relations',
  'Subplans Removed',
  'Buffers',
  'I/O Timings',
  'WAL',
  'Planning',
  'Memory',
  'Planning Time',
  'Planning time',
  'Execution Time',
  'Execution time',
  'Total runtime',
  'Trigger',
  'JIT',
  'Functions',
  'Options',
  'Timing',
  'Settings',
  'Serialization',
  'Query Identifier',
  'Query Text',
  'Query Parameters',
  'Task Count',
  'Tasks Shown',
  'Node',
]);

export function isKnownKey(key: string): boolean {
  return KNOWN.has(key) || PATTERNS.test(key);
}

/** The lines below a node: `Key: value` → the keys and values of FORMAT JSON. */
import type { Draft, GroupingSet, NodeDraft } from './drafts.ts';
import { splitList } from './expressions.ts';

const LISTS: ReadonlySet<string> = new Set(['Output', 'Sort Key', 'Presorted Key', 'Group Key']);
const NAMES: ReadonlySet<string> = new Set(['Conflict Arbiter Indexes']);
const FLAGS: ReadonlySet<string> = new Set(['Inner Unique', 'Single Copy', 'Disabled', 'Parallel Safe']);

/** Keys with expressions and names, which stay text even if they look like numbers; Citus' sizes have units. */
const TEXT =
  /(?:Cond|Condition|Filter|Key|Keys|Order By|SQL|Text|Parameters|Call|Mode|Relations|Window|Node|Query|Shown|Size|nodes?|destination)$/;

/** With the unit that EXPLAIN appends after a blank. */
const NUMBER = /^-?\d{1,20}(?:\.\d{1,20})?(?: (?:ms|kB))?$/;

/** Keys of the tree itself. No line of EXPLAIN has them, so such a line is prose. */
const RESERVED: ReadonlySet<string> = new Set([
  'Node Type',
  'Parent Relationship',
  'Subplan Name',
  'Plan',
  'Plans',
  'Workers',
  'Triggers',
]);

export function setValue(target: Draft, key: string, value: string): void {
  if (!RESERVED.has(key)) target[key] = typed(key, value);
}

function typed(key: string, value: string): unknown {
  if (LISTS.has(key)) return splitList(value);
  if (NAMES.has(key)) return value.split(', ');
  if (FLAGS.has(key)) return value === 'true';
  const counted = key.startsWith('Rows Removed by ');
  return (counted || !TEXT.test(key)) && NUMBER.test(value) ? Number.parseFloat(value) : value;
}

// Lines with several values: `Sort Method: quicksort  Memory: 25kB`, `Hits: 3  Misses: 1 …`.

type Rule = (target: Draft, value: string, key: string) => void;

/** Key of the line → how it is read. The text's names differ from JSON's. */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['Buffers', setBuffers],
  ['I/O Timings', setTimings],
  ['WAL', setWal],
  ['Memory', setMemory],
  ['Sort Method', setSortMethod],
  ['Full-sort Groups', setSortGroups],
  ['Pre-sorted Groups', setSortGroups],
  ['Presorted Groups', (target, value) => setSortGroups(target, value, 'Pre-sorted Groups')],
  ['Buckets', setBuckets],
  ['Batches', setAggregation],
  ['Planned Partitions', setAggregation],
  ['Peak Memory Usage', setAggregation],
  ['Memory Usage', setAggregation],
  ['Hits', setHits],
  ['Heap Blocks', setHeapBlocks],
  ['Storage', setStorage],
  ['Sampling', setSampling],
  ['Tuples', setTuples],
]);

/** @returns False for a line with a single value. */
export function setPairs(target: Draft, key: string, value: string): boolean {
  const rule = RULES.get(key);
  rule?.(target, value, key);
  return rule !== undefined;
}

/** `4  Batches: 1  Memory Usage: 24kB` after `Planned Partitions:`. */
function pairsOf(key: string, value: string): ReadonlyMap<string, number> {
  const pairs = new Map<string, number>();
  for (const [, name = '', number] of `${key}: ${value}`.matchAll(
    /(?<![A-Za-z])([A-Z][A-Za-z]{0,20}(?: [A-Z][A-Za-z]{0,20}){0,3}): (\d{1,18})/g,
  )) {
    pairs.set(name, Number(number));
  }
  return pairs;
}

/** `1024 (originally 512)  Batches: 4 (originally 1)  Memory Usage: 3073kB` */
function setBuckets(target: Draft, value: string): void {
  const [buckets, batches] = value.split('Batches:');
  const pairs = pairsOf('Buckets', value);
  const original = (text: string | undefined) => /\(originally (\d{1,18})\)/.exec(text ?? '')?.[1];
  const hashBuckets = pairs.get('Buckets');
  const hashBatches = pairs.get('Batches');
  if (hashBuckets !== undefined) {
    target['Hash Buckets'] = hashBuckets;
    target['Original Hash Buckets'] = Number(original(buckets) ?? hashBuckets);
  }
  if (hashBatches !== undefined) {
    target['Hash Batches'] = hashBatches;
    target['Original Hash Batches'] = Number(original(batches) ?? hashBatches);
  }
  const memory = pairs.get('Memory Usage');
  if (memory !== undefined) target['Peak Memory Usage'] = memory;
}

/** Hashed aggregation. Without `Disk Usage` it used none. */
function setAggregation(target: Draft, value: string, key: string): void {
  const pairs = pairsOf(key, value);
  const partitions = pairs.get('Planned Partitions');
  const batches = pairs.get('HashAgg Batches') ?? pairs.get('Batches');
  const memory = pairs.get('Peak Memory Usage') ?? pairs.get('Memory Usage');
  const disk = pairs.get('Disk Usage');
  if (partitions !== undefined) target['Planned Partitions'] = partitions;
  if (batches !== undefined) target['HashAgg Batches'] = batches;
  if (memory !== undefined) target['Peak Memory Usage'] = memory;
  if (disk !== undefined || batches !== undefined) target['Disk Usage'] = disk ?? 0;
}

function setHits(target: Draft, value: string): void {
  for (const [name, number] of pairsOf('Hits', value)) {
    target[name === 'Memory Usage' ? 'Peak Memory Usage' : `Cache ${name}`] = number;
  }
}

function setHeapBlocks(target: Draft, value: string): void {
  target['Exact Heap Blocks'] = Number(/exact=(\d{1,18})/.exec(value)?.[1] ?? 0);
  target['Lossy Heap Blocks'] = Number(/lossy=(\d{1,18})/.exec(value)?.[1] ?? 0);
}

/** `Memory  Maximum Storage: 17kB` */
function setStorage(target: Draft, value: string): void {
  target.Storage = /^\S*/.exec(value)?.[0] ?? value;
  const maximum = /Maximum Storage: (\d{1,18})/.exec(value)?.[1];
  if (maximum !== undefined) target['Maximum Storage'] = Number(maximum);
}

/** `system ('10'::real) REPEATABLE ('0'::double precision)` */
function setSampling(target: Draft, value: string): void {
  const open = value.indexOf(' (');
  const repeatable = value.lastIndexOf(') REPEATABLE (');
  target['Sampling Method'] = open < 0 ? value : value.slice(0, open);
  if (open < 0) return;
  const end = repeatable < 0 ? value.lastIndexOf(')') : repeatable;
  target['Sampling Parameters'] = splitList(value.slice(open + 2, end));
  if (repeatable >= 0) target['Repeatable Seed'] = value.slice(repeatable + ') REPEATABLE ('.length, -1);
}

/** MERGE: `inserted=1 updated=2`. */
function setTuples(target: Draft, value: string): void {
  for (const what of ['Inserted', 'Updated', 'Deleted', 'Skipped']) {
    const count = new RegExp(`\\b${what.toLowerCase()}=(\\d{1,18})`).exec(value)?.[1];
    target[`Tuples ${what}`] = Number(count ?? 0);
  }
}

// Sorts: one line of text becomes three keys of JSON or a nested object.

/** `external merge  Disk: 5672kB` */
function setSortMethod(target: Draft, value: string): void {
  const space = /\b(Memory|Disk): (\d{1,18})/.exec(value);
  target['Sort Method'] = (space === null ? value : value.slice(0, space.index)).trim();
  if (space === null) return;
  target['Sort Space Used'] = Number(space[2]);
  target['Sort Space Type'] = space[1];
}

/** `2  Sort Methods: top-N heapsort, quicksort  Average Memory: 26kB  Peak Memory: 27kB` */
function setSortGroups(target: Draft, value: string, key: string): void {
  const methods = /Sort Methods?: /.exec(value);
  const first = value.search(/Average |Peak /);
  const group: Draft = { 'Group Count': Number(/^\d{1,18}/.exec(value)?.[0] ?? 0) };
  if (methods !== null) {
    const start = methods.index + methods[0].length;
    const names = value.slice(start, first < 0 ? value.length : first).trim();
    group['Sort Methods Used'] = names === '' ? [] : names.split(', ');
  }
  for (const type of ['Memory', 'Disk']) {
    const average = new RegExp(`Average ${type}: (\\d{1,18})`).exec(value)?.[1];
    const peak = new RegExp(`Peak ${type}: (\\d{1,18})`).exec(value)?.[1];
    if (average === undefined && peak === undefined) continue;
    group[`Sort Space ${type}`] = {
      'Average Sort Space Used': Number(average ?? 0),
      'Peak Sort Space Used': Number(peak ?? 0),
    };
  }
  target[key] = group;
}

// Counters: buffers, I/O times, WAL, memory.

const KINDS = ['Shared', 'Local', 'Temp'] as const;

export const BLOCK_KEYS: readonly string[] = KINDS.flatMap(kind =>
  ['Hit', 'Read', 'Dirtied', 'Written']
    .filter(what => kind !== 'Temp' || what === 'Read' || what === 'Written')
    .map(what => `${kind} ${what} Blocks`),
);

/** `shared hit=5 read=1, temp written=2` → all ten keys. The text leaves out zeros. */
function setBuffers(target: Draft, value: string): void {
  for (const key of BLOCK_KEYS) target[key] = 0;
  let kind = 'Shared';
  for (const [, group, what = '', count] of value.matchAll(
    /\b(shared|local|temp)\b|\b([a-z]{3,8})=(\d{1,18})/g,
  )) {
    if (group !== undefined) kind = capital(group);
    else target[`${kind} ${capital(what)} Blocks`] = Number(count);
  }
}

/**
 * `read=1.2` up to PostgreSQL 14, `shared/local read=1.2, temp write=0.1` in 15 and 16, `shared read=1.2, local …`
 * from 17. Each form has its own keys in JSON.
 */
function setTimings(target: Draft, value: string): void {
  let prefix = '';
  if (!/^\s*(?:shared|local|temp)/.test(value)) setTimes(target, '');
  for (const [, group, what = '', ms] of value.matchAll(
    /(shared\/local|shared|local|temp)\b|\b(read|write)=(\d{1,15}(?:\.\d{1,9})?)/g,
  )) {
    if (group !== undefined) {
      prefix = group === 'shared/local' ? '' : `${capital(group)} `;
      setTimes(target, prefix);
    } else target[`${prefix}I/O ${capital(what)} Time`] = Number(ms);
  }
}

function setTimes(target: Draft, prefix: string): void {
  target[`${prefix}I/O Read Time`] = 0;
  target[`${prefix}I/O Write Time`] = 0;
}

const WAL: Readonly<Record<string, string>> = {
  records: 'WAL Records',
  fpi: 'WAL FPI',
  'fpi bytes': 'WAL FPI Bytes',
  bytes: 'WAL Bytes',
  'buffers full': 'WAL Buffers Full',
};

export const WAL_KEYS = ['WAL Records', 'WAL FPI', 'WAL Bytes'] as const;

function setWal(target: Draft, value: string): void {
  for (const key of WAL_KEYS) target[key] = 0;
  for (const [, what = '', count] of value.matchAll(/([a-z]{2,10}(?: [a-z]{2,10})?)=(\d{1,20})/g)) {
    target[WAL[what] ?? `WAL ${capital(what)}`] = Number(count);
  }
}

/** `used=9kB  allocated=16kB` */
function setMemory(target: Draft, value: string): void {
  for (const [, what = '', kB] of value.matchAll(/([a-z]{2,12})=(\d{1,18})/g)) {
    target[`Memory ${capital(what)}`] = Number(kB);
  }
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

// GROUP BY: one line, or a line per grouping set.

/**
 * JSON has an object per sort or hash table: each hash table serves one grouping set, a sort several. The text has a line
 * per set, indented under its `Sort Key` if there is one.
 * @returns False for a line that is no grouping key.
 */
export function addGrouping(node: NodeDraft, key: string, value: string, column: number): boolean {
  if (node.heading.type !== 'Aggregate') return false;
  if (key !== 'Group Key' && key !== 'Hash Key' && key !== 'Sort Key') return false;
  // Reserves its place among the properties; groupingOf() decides on the form at the end.
  node.properties['Grouping Sets'] = true;
  if (key === 'Sort Key') {
    node.sets.push({ hashed: false, sortColumn: column, sortKey: splitList(value), keys: [] });
    return true;
  }
  const keys = value === '()' ? [] : splitList(value);
  const hashed = key === 'Hash Key';
  const last = node.sets.at(-1);
  if (!hashed && last !== undefined && !last.hashed && belongs(last, column)) last.keys.push(keys);
  else node.sets.push({ hashed, sortColumn: undefined, sortKey: undefined, keys: [keys] });
  return true;
}

function belongs(set: GroupingSet, column: number): boolean {
  return set.sortColumn === undefined || column > set.sortColumn;
}

/** Either `Group Key` or `Grouping Sets`. */
export function groupingOf(node: NodeDraft): Draft {
  const [only] = node.sets;
  const [keys] = only?.keys ?? [];
  if (node.sets.length === 1 && only?.keys.length === 1 && !only.hashed && only.sortKey === undefined) {
    if (keys !== undefined && keys.length > 0) return { 'Group Key': keys };
  }
  const sets = node.sets.map(set => ({
    ...(set.sortKey === undefined ? {} : { 'Sort Key': set.sortKey }),
    [set.hashed ? 'Hash Keys' : 'Group Keys']: set.keys,
  }));
  return { 'Grouping Sets': sets };
}

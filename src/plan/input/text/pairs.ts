/** Lines that hold several things at once: `Sort Method: quicksort  Memory: 25kB`, `Hits: 3  Misses: 1 …`. */
import { setBuffers, setMemory, setTimings, setWal } from './counters.ts';
import type { Draft } from './drafts.ts';
import { splitList } from './lists.ts';
import { setSortGroups, setSortMethod } from './sorts.ts';

type Rule = (target: Draft, value: string, key: string) => void;

/** The first word of the line → how it is read. The text's names are not JSON's. */
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

/** @returns False where the line says one thing and needs no rule. */
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

/** What a hashed aggregation used. Without a disk's usage it used none. */
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

/** MERGE's: `inserted=1 updated=2`. */
function setTuples(target: Draft, value: string): void {
  for (const what of ['Inserted', 'Updated', 'Deleted', 'Skipped']) {
    const count = new RegExp(`\\b${what.toLowerCase()}=(\\d{1,18})`).exec(value)?.[1];
    target[`Tuples ${what}`] = Number(count ?? 0);
  }
}

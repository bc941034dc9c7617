/** What did not fit in memory when a plan was executed: sorts on disk, batches, temporary files. */
import { formatBlocks, formatBytes } from '../format/bytes.ts';
import { isRecord, type Json, numberOf, recordsOf, textOf } from './json.ts';
import type { PlanNode } from './types.ts';

export interface Spill {
  readonly node: PlanNode;
  /** With its figure; a sentence without a full stop. */
  readonly text: string;
}

const KILO = 1024;

/** In plan order. @param parents By node id. */
export function spillsOf(nodes: readonly PlanNode[], parents: readonly number[]): readonly Spill[] {
  return nodes.flatMap(node => {
    const text = spillOf(node, nodes[parents[node.id] ?? -1]);
    return text === undefined ? [] : [{ node, text }];
  });
}

function spillOf(node: PlanNode, parent: PlanNode | undefined): string | undefined {
  const { raw, actual } = node;
  if (actual?.executed !== true) return undefined;
  const groups = [raw, ...recordsOf(raw, 'Workers')];
  const disk = groups.reduce((sum, one) => sum + sortDiskBytes(one), 0);
  if (disk > 0) return `the sort did not fit in memory: ${formatBytes(disk)} on disk`;
  const hashBatches = numberOf(raw, 'Hash Batches') ?? 1;
  // A hash join's own files are those of its Hash: the rows of the outer side that wait for their batch.
  const joins = node.nodeType === 'Hash' && parent?.nodeType === 'Hash Join';
  const written =
    (actual.exclusiveBuffers?.tempWritten ?? 0) +
    (joins ? (parent.actual?.exclusiveBuffers?.tempWritten ?? 0) : 0);
  if (node.nodeType === 'Hash' && hashBatches > 1)
    return `the hash table did not fit in memory: ${hashBatches} batches${written > 0 ? `, ${formatBlocks(written)} written to disk` : ''}`;
  const diskUsage = diskBytes(raw);
  const batches = Math.max(...groups.map(one => numberOf(one, 'HashAgg Batches') ?? 0));
  if (batches > 1 || diskUsage > 0)
    return `the groups did not fit in memory: ${batches} batches, ${formatBytes(diskUsage)} on disk`;
  if (written > 0 && !node.nodeType.endsWith('Join'))
    return `${formatBlocks(written)} of temporary files written`;
  return undefined;
}

/** What a sort or groups wrote to disk, in all processes; a hash table's is in the blocks of temporary files. */
export function diskBytes(raw: Json): number {
  return [raw, ...recordsOf(raw, 'Workers')].reduce(
    (sum, one) => sum + sortDiskBytes(one) + (numberOf(one, 'Disk Usage') ?? 0) * KILO,
    0,
  );
}

function sortDiskBytes(raw: Json): number {
  if (textOf(raw, 'Sort Space Type') === 'Disk') return (numberOf(raw, 'Sort Space Used') ?? 0) * KILO;
  return ['Full-sort Groups', 'Pre-sorted Groups'].reduce((sum, key) => {
    const groups = raw[key];
    const disk = isRecord(groups) ? groups['Sort Space Disk'] : undefined;
    return sum + (isRecord(disk) ? (numberOf(disk, 'Peak Sort Space Used') ?? 0) * KILO : 0);
  }, 0);
}

/** Rules about memory, and what does not fit. */
import { formatBlocks, formatBytes } from '../../format/bytes.ts';
import { isRecord, numberOf, recordsOf, textOf } from '../json.ts';
import type { PlanNode } from '../types.ts';
import type { Subject, Told } from './types.ts';

const KILO = 1024;

export function spills({ nodes, parents }: Subject): readonly Told[] {
  return nodes.flatMap((node): Told[] => {
    const said = spillOf(node, nodes[parents[node.id] ?? -1]);
    if (said === undefined) return [];
    return [
      {
        severity: 'warning',
        nodeId: node.id,
        text: said,
        next: 'more work_mem, fewer or narrower rows, or an index that has them in order',
      },
    ];
  });
}

function spillOf(node: PlanNode, parent: PlanNode | undefined): string | undefined {
  const { raw, actual } = node;
  if (actual?.executed !== true) return undefined;
  const disk =
    sortDiskBytes(raw) + recordsOf(raw, 'Workers').reduce((sum, worker) => sum + sortDiskBytes(worker), 0);
  if (disk > 0) return `the sort did not fit in memory: ${formatBytes(disk)} on disk`;
  const hashBatches = numberOf(raw, 'Hash Batches') ?? 1;
  // A hash join's own files are those of its Hash: the rows of the outer side that wait for their batch.
  const joins = node.nodeType === 'Hash' && parent?.nodeType === 'Hash Join';
  const written =
    (actual.exclusiveBuffers?.tempWritten ?? 0) +
    (joins ? (parent.actual?.exclusiveBuffers?.tempWritten ?? 0) : 0);
  if (node.nodeType === 'Hash' && hashBatches > 1)
    return `the hash table did not fit in memory: ${hashBatches} batches${written > 0 ? `, ${formatBlocks(written)} written to disk` : ''}`;
  const groups = [raw, ...recordsOf(raw, 'Workers')];
  const diskUsage = groups.reduce((sum, one) => sum + (numberOf(one, 'Disk Usage') ?? 0), 0) * KILO;
  const batches = Math.max(...groups.map(one => numberOf(one, 'HashAgg Batches') ?? 0));
  if (batches > 1 || diskUsage > 0)
    return `the groups did not fit in memory: ${batches} batches, ${formatBytes(diskUsage)} on disk`;
  if (written > 0 && !node.nodeType.endsWith('Join'))
    return `${formatBlocks(written)} of temporary files written`;
  return undefined;
}

function sortDiskBytes(raw: Readonly<Record<string, unknown>>): number {
  if (textOf(raw, 'Sort Space Type') === 'Disk') return (numberOf(raw, 'Sort Space Used') ?? 0) * KILO;
  return ['Full-sort Groups', 'Pre-sorted Groups'].reduce((sum, key) => {
    const groups = raw[key];
    const disk = isRecord(groups) ? groups['Sort Space Disk'] : undefined;
    return sum + (isRecord(disk) ? (numberOf(disk, 'Peak Sort Space Used') ?? 0) * KILO : 0);
  }, 0);
}

/** No other viewer adds this up: each node of each process has a limit, a query has none. */
export function memoryAboveLimit({ memory, memoryLimitBytes }: Subject): readonly Told[] {
  const { heldBytes, allowedBytes, measured, holders } = memory;
  if (memoryLimitBytes === undefined || allowedBytes <= memoryLimitBytes) return [];
  const limit = formatBytes(memoryLimitBytes);
  const none = holders.every(holder => holder.how === 'estimated');
  const how = measured ? 'measured' : none ? 'estimated' : 'partly estimated';
  // What another server holds is not in the sum.
  const most = holders
    .filter(({ node }) => node.scope === 0)
    .reduce((best, holder) => (holder.heldBytes > best.heldBytes ? holder : best));
  if (heldBytes > memoryLimitBytes) {
    return [
      {
        severity: 'severe',
        nodeId: most.node.id,
        text: `the plan holds ${formatBytes(heldBytes)} in memory at once (${how}), above the limit of ${limit}; most of it here`,
        next: 'less work_mem, fewer workers, or fewer rows to sort and to hash',
      },
    ];
  }
  return [
    {
      severity: 'notice',
      nodeId: undefined,
      text: `the plan holds ${formatBytes(heldBytes)} (${how}), but with more rows its nodes may take ${formatBytes(allowedBytes)} before they spill, above the limit of ${limit}`,
      next: 'work_mem is for each node of each process, not for the query',
    },
  ];
}

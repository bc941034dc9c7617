/** Rules about memory, and what does not fit. */
import { formatBytes } from '../../format/bytes.ts';
import { spillsOf } from '../spills.ts';
import type { Subject, Told } from './types.ts';

export function spills({ nodes, parents }: Subject): readonly Told[] {
  return spillsOf(nodes, parents).map(({ node, text }) => ({
    severity: 'warning',
    nodeId: node.id,
    text,
    next: 'more work_mem, fewer or narrower rows, or an index that has them in order',
  }));
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

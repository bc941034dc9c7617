/** How two plans of a query read their tables: what was read through an index, and what from end to end. Pure. */
import type { ComparableNode } from './types.ts';

const SEQUENTIAL: ReadonlySet<string> = new Set(['Seq Scan', 'Parallel Seq Scan']);
/** A bitmap's index belongs to the heap scan above it, which alone names the table. */
const THROUGH_INDEX: ReadonlySet<string> = new Set([
  'Index Scan',
  'Index Only Scan',
  'Bitmap Heap Scan',
  'Parallel Index Scan',
  'Parallel Index Only Scan',
  'Parallel Bitmap Heap Scan',
]);

/** Labels of the nodes that read one table. */
interface Access {
  readonly sequential: string[];
  readonly throughIndex: string[];
}

export interface ScanChange {
  readonly relation: string;
  /** Labels, with the index of a bitmap. */
  readonly from: string;
  readonly to: string;
}

/**
 * Tables that `before` reads through an index where `after` reads them sequentially, parallel or not: more sequential scans of
 * the table and fewer through an index, or the first sequential one of a table that was read through indexes alone.
 */
export function becameSequential(
  before: readonly ComparableNode[],
  after: readonly ComparableNode[],
): ScanChange[] {
  const then = accessOf(before);
  const now = accessOf(after);
  return [...then].flatMap(([relation, old]): ScanChange[] => {
    const { sequential, throughIndex } = now.get(relation) ?? { sequential: [], throughIndex: [] };
    const [from] = old.throughIndex;
    const to = sequential.at(-1);
    if (from === undefined || to === undefined || sequential.length <= old.sequential.length) return [];
    const isWorse = throughIndex.length < old.throughIndex.length || old.sequential.length === 0;
    return isWorse ? [{ relation, from, to }] : [];
  });
}

function accessOf(plan: readonly ComparableNode[]): ReadonlyMap<string, Access> {
  const byRelation = new Map<string, Access>();
  for (const [position, { relation, nodeType, label }] of plan.entries()) {
    if (relation === null) continue;
    const access = byRelation.get(relation) ?? { sequential: [], throughIndex: [] };
    byRelation.set(relation, access);
    if (SEQUENTIAL.has(nodeType)) access.sequential.push(label);
    if (THROUGH_INDEX.has(nodeType)) access.throughIndex.push(label + bitmapIndexes(plan, position));
  }
  return byRelation;
}

/** ` (by_customer)`: a bitmap heap scan says only below itself which index it reads. */
function bitmapIndexes(plan: readonly ComparableNode[], position: number): string {
  const heap = plan[position];
  if (heap === undefined || !heap.nodeType.endsWith('Bitmap Heap Scan')) return '';
  const names: string[] = [];
  for (const { depth, nodeType, index } of plan.slice(position + 1)) {
    if (depth <= heap.depth) break;
    if (nodeType === 'Bitmap Index Scan' && index !== null && !names.includes(index)) names.push(index);
  }
  return names.length === 0 ? '' : ` (${names.join(', ')})`;
}

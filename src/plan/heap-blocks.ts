/** Blocks that a bitmap led to. */
import { type Json, numberOf, recordsOf } from './json.ts';

/** Of all processes: PostgreSQL 18 tells the leader's on the node and each worker's in `Workers`, earlier ones the leader's only. */
export function heapBlocks(raw: Json, kind: 'Exact' | 'Lossy'): number {
  return [raw, ...recordsOf(raw, 'Workers')].reduce(
    (sum, one) => sum + (numberOf(one, `${kind} Heap Blocks`) ?? 0),
    0,
  );
}

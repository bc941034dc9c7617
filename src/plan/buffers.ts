/** Blocks touched by a node, with and without what ran in it. PostgreSQL counts all loops, processes and children. */
import { type Json, numberOf } from './json.ts';
import { fractions, type Readers } from './readers.ts';
import type { Skeleton } from './skeleton.ts';
import type { Buffers } from './types.ts';

/** Field → EXPLAIN's key. */
const KEYS = {
  sharedHit: 'Shared Hit Blocks',
  sharedRead: 'Shared Read Blocks',
  sharedDirtied: 'Shared Dirtied Blocks',
  sharedWritten: 'Shared Written Blocks',
  localHit: 'Local Hit Blocks',
  localRead: 'Local Read Blocks',
  localDirtied: 'Local Dirtied Blocks',
  localWritten: 'Local Written Blocks',
  tempRead: 'Temp Read Blocks',
  tempWritten: 'Temp Written Blocks',
} as const satisfies Record<keyof Buffers, string>;

export const BUFFER_KEYS: ReadonlySet<string> = new Set(Object.values(KEYS));

const NONE: Buffers = {
  sharedHit: 0,
  sharedRead: 0,
  sharedDirtied: 0,
  sharedWritten: 0,
  localHit: 0,
  localRead: 0,
  localDirtied: 0,
  localWritten: 0,
  tempRead: 0,
  tempWritten: 0,
};

type Mutable = { -readonly [K in keyof Buffers]: Buffers[K] };

const FIELDS = Object.keys(KEYS) as readonly (keyof Buffers)[];

/** undefined without BUFFERS. */
export function buffersOf(raw: Json): Buffers | undefined {
  if (!FIELDS.some(field => KEYS[field] in raw)) return undefined;
  const buffers: Mutable = { ...NONE };
  for (const field of FIELDS) buffers[field] = numberOf(raw, KEYS[field]) ?? 0;
  return buffers;
}

/** Blocks read, hit and written in any way: how much a node has to do with blocks at all. */
export function totalBlocks(buffers: Buffers): number {
  return buffers.sharedHit + buffers.sharedRead + buffers.localHit + buffers.localRead + buffers.tempRead;
}

/**
 * Node − Σ children, each field floored at 0; a CTE's blocks go to its readers in proportion to their own.
 * @returns By node id; undefined where the node has no buffers.
 */
export function exclusiveBuffers(nodes: Skeleton, readers: Readers): readonly (Buffers | undefined)[] {
  const inclusive = nodes.map(node => buffersOf(node.raw));
  const left: (Mutable | undefined)[] = inclusive.map(buffers => buffers && { ...buffers });
  for (const field of FIELDS) {
    const blocks = (id: number) => inclusive[id]?.[field] ?? 0;
    readers.forEach((payers, id) => {
      if (blocks(id) === 0) return;
      const shares = fractions(payers, blocks);
      payers.forEach((payer, i) => {
        const own = left[payer];
        if (own === undefined) return;
        own[field] = Math.max(0, own[field] - Math.round(blocks(id) * (shares[i] ?? 0)));
      });
    });
  }
  return left;
}

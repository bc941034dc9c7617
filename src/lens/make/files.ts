/**
 * Makes files as long as in production, of holes: no disk is used. The planner asks the file system how many blocks a
 * relation has, not the catalog. Called while nobody is connected to the database and nothing of it is in memory.
 */
import { chown, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BLOCK_BYTES, brinMetaPage, btreePages, notAPage } from './pages.ts';

/** RELSEG_SIZE: a file of 1 GiB is full, and the next one is called `.1`. */
export const SEGMENT_BLOCKS = 131_072;

export interface Relation {
  /** pg_relation_filepath(): relative to the data directory. */
  readonly path: string;
  readonly kind: 'table' | 'toast' | 'index';
  /** Of an index its access method. */
  readonly method: string | undefined;
  readonly pages: number;
  /** Of a B-tree: levels above the leaves. */
  readonly height: number;
  /** Of the table that an index is on. */
  readonly tablePages: number;
}

export async function extendRelation(dataDirectory: string, relation: Relation): Promise<void> {
  const first = join(dataDirectory, relation.path);
  const owner = await stat(first);
  const head = await headOf(first, relation);
  const pages = Math.max(relation.pages, head.length / BLOCK_BYTES);
  for (let segment = 0; segment === 0 || segment * SEGMENT_BLOCKS < pages; segment++) {
    const path = segment === 0 ? first : `${first}.${segment}`;
    const blocks = Math.min(SEGMENT_BLOCKS, pages - segment * SEGMENT_BLOCKS);
    const file = await open(path, segment === 0 ? 'r+' : 'w', owner.mode & 0o777);
    try {
      if (segment === 0 && head.length > 0) await file.write(head, 0, head.length, 0);
      const { size } = await file.stat();
      // Never shorter: what an access method needs of its first pages is there.
      if (size < blocks * BLOCK_BYTES) await file.truncate(blocks * BLOCK_BYTES);
    } finally {
      await file.close();
    }
    if (segment > 0) await chown(path, owner.uid, owner.gid);
  }
}

/** What is really written of a relation; the rest is a hole. */
async function headOf(path: string, { kind, method, pages, height, tablePages }: Relation): Promise<Buffer> {
  if (kind === 'toast') return Buffer.alloc(0);
  if (kind === 'table') return pages > 0 ? notAPage() : Buffer.alloc(0);
  if (method !== 'btree' && method !== 'brin') return Buffer.alloc(0);
  const meta = await firstPage(path);
  if (meta === undefined) return Buffer.alloc(0);
  if (method === 'brin') return brinMetaPage(meta, tablePages);
  // One page is the meta page alone: it has no root, as in an index on an empty table.
  return pages <= 1 ? Buffer.alloc(0) : btreePages(meta, height);
}

async function firstPage(path: string): Promise<Buffer | undefined> {
  const file = await open(path, 'r');
  try {
    const page = Buffer.alloc(BLOCK_BYTES);
    const { bytesRead } = await file.read(page, 0, BLOCK_BYTES, 0);
    return bytesRead === BLOCK_BYTES ? page : undefined;
  } finally {
    await file.close();
  }
}

/**
 * Extends files to production's length with holes, which use no disk: the planner asks the file system for a relation's
 * blocks, not the catalog. Runs while no session is connected to the database and none of it is in shared buffers.
 */
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { PgoptError } from '../../base/errors.ts';
import { BLOCK_BYTES } from '../../base/format.ts';
import { brinMetaPage, btreePages, endEntries, type IndexEnds, notAPage, visibilityMap } from './pages.ts';

/** RELSEG_SIZE: after 1 GiB the next file is called `.1`. */
const SEGMENT_BLOCKS = 131_072;

export interface Relation {
  /** pg_relation_filepath(): relative to the data directory. */
  readonly path: string;
  readonly kind: 'table' | 'index';
  /** Access method of an index. */
  readonly method: string | undefined;
  readonly pages: number;
  /** Levels of a B-tree above its leaves. */
  readonly height: number;
  /** Of the index's table. */
  readonly tablePages: number;
  /** Of a B-tree, if known. */
  readonly ends?: IndexEnds | undefined;
  /** The first column of an index is DESC. */
  readonly descending: boolean;
}

/** Synchronous, to run as the account that owns the files (asAccount()): root must not follow paths in its folder. */
export function extendRelation(dataDirectory: string, relation: Relation): void {
  const first = join(dataDirectory, relation.path);
  const mode = statSync(first).mode & 0o777;
  const head = headOf(first, relation);
  if (relation.kind === 'table' && relation.pages > 0)
    writeFileSync(`${first}_vm`, visibilityMap(), { mode });
  const pages = Math.max(relation.pages, head.length / BLOCK_BYTES);
  for (let segment = 0; segment === 0 || segment * SEGMENT_BLOCKS < pages; segment++) {
    const path = segment === 0 ? first : `${first}.${segment}`;
    const blocks = Math.min(SEGMENT_BLOCKS, pages - segment * SEGMENT_BLOCKS);
    const file = openSync(path, segment === 0 ? 'r+' : 'w', mode);
    try {
      if (segment === 0 && head.length > 0) writeSync(file, head, 0, head.length, 0);
      // Never shorter: an access method may need its first pages.
      if (fstatSync(file).size < blocks * BLOCK_BYTES) {
        ftruncateSync(file, blocks * BLOCK_BYTES);
        refuseDense(fstatSync(file));
      }
    } finally {
      closeSync(file);
    }
  }
}

/** Files this large show whether the file system supports holes, before terabytes of zeros are written. */
const LARGE_BYTES = 16 * 1024 * 1024;

/** @throws PgoptError 'lens-failed' */
export function refuseDense({ size, blocks }: { readonly size: number; readonly blocks: number }): void {
  if (size < LARGE_BYTES || blocks * 512 < size / 2) return;
  throw new PgoptError(
    'lens-failed',
    'the file system of the embedded server does not support sparse files',
    {
      next: 'set PGOPT_EXPLORE_CACHE to a folder on one that does',
    },
  );
}

const NOTHING = Buffer.alloc(0);

/** The written pages of a relation; the rest is a hole. */
function headOf(path: string, relation: Relation): Buffer {
  const { kind, method, pages, height, tablePages, ends, descending } = relation;
  if (kind === 'table') return pages > 0 ? notAPage() : NOTHING;
  if (method !== 'btree' && method !== 'brin') return NOTHING;
  const meta = firstPage(path);
  if (meta === undefined) return NOTHING;
  if (method === 'brin') return brinMetaPage(meta, tablePages);
  // A single page is the meta page without a root, as on an empty table.
  return pages <= 1
    ? NOTHING
    : btreePages(meta, height, ends === undefined ? [] : endEntries(ends, descending));
}

function firstPage(path: string): Buffer | undefined {
  const file = openSync(path, 'r');
  try {
    const page = Buffer.alloc(BLOCK_BYTES);
    return readSync(file, page, 0, BLOCK_BYTES, 0) === BLOCK_BYTES ? page : undefined;
  } finally {
    closeSync(file);
  }
}

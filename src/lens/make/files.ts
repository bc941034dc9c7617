/**
 * Makes files as long as in production, of holes: no disk is used. The planner asks the file system how many blocks a
 * relation has, not the catalog. Called while no session is connected to the database and nothing of it is in memory.
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
import {
  BLOCK_BYTES,
  brinMetaPage,
  btreePages,
  endEntries,
  type IndexEnds,
  notAPage,
  visibilityMap,
} from './pages.ts';

/** RELSEG_SIZE: a file of 1 GiB is full, and the next one is called `.1`. */
const SEGMENT_BLOCKS = 131_072;

export interface Relation {
  /** pg_relation_filepath(): relative to the data directory. */
  readonly path: string;
  readonly kind: 'table' | 'index';
  /** Of an index its access method. */
  readonly method: string | undefined;
  readonly pages: number;
  /** Of a B-tree: levels above the leaves. */
  readonly height: number;
  /** Of the table that an index is on. */
  readonly tablePages: number;
  /** Of a B-tree, where they are known. */
  readonly ends?: IndexEnds | undefined;
  /** Of an index whose first column is ordered downwards. */
  readonly descending: boolean;
}

/**
 * Synchronous, to be called as the account whose files they are (database/embedded/asAccount.ts): in its folder root follows
 * no path.
 */
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
      // Never shorter: what an access method needs of its first pages is there.
      if (fstatSync(file).size < blocks * BLOCK_BYTES) {
        ftruncateSync(file, blocks * BLOCK_BYTES);
        refuseDense(fstatSync(file));
      }
    } finally {
      closeSync(file);
    }
  }
}

/** A table of terabytes on a file system without holes would be terabytes of zeros: the first large file shows it. */
const LARGE_BYTES = 16 * 1024 * 1024;

/** @throws PgoptError 'lens-failed' */
export function refuseDense({ size, blocks }: { readonly size: number; readonly blocks: number }): void {
  if (size < LARGE_BYTES || blocks * 512 < size / 2) return;
  throw new PgoptError('lens-failed', 'the file system of the embedded server keeps no holes in files', {
    next: 'set PGOPT_EXPLORE_CACHE to a folder on one that does',
  });
}

const NOTHING = Buffer.alloc(0);

/** What is really written of a relation; the rest is a hole. */
function headOf(path: string, relation: Relation): Buffer {
  const { kind, method, pages, height, tablePages, ends, descending } = relation;
  if (kind === 'table') return pages > 0 ? notAPage() : NOTHING;
  if (method !== 'btree' && method !== 'brin') return NOTHING;
  const meta = firstPage(path);
  if (meta === undefined) return NOTHING;
  if (method === 'brin') return brinMetaPage(meta, tablePages);
  // One page is the meta page alone: it has no root, as in an index on an empty table.
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

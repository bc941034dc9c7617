/** Will it fit on the disk? Asked before loading, so that scale 1 fails in the first second and not after an hour. */
import { statfs } from 'node:fs/promises';
import { PgoptError } from '../../base/errors.ts';
import type { Rows } from './demo.ts';

/** Bytes a row, measured at scale 0.01 on PostgreSQL 15: heap and primary key, visibility map included. */
const SHOP = { customers: 112, categories: 400, products: 140, inventory: 100, orders: 116, order_items: 92 };
/** The case study's five proposals, in bytes an order (an order has three items). */
const PROPOSALS_PER_ORDER = 240;
/** Sorts for the largest index, WAL between checkpoints. */
const WORKING_PER_ORDER = 100;
const WORKING_AT_LEAST = 128 * 1024 ** 2;

export interface Needed {
  readonly shop: number;
  readonly proposals: number;
  readonly working: number;
}

/** Bytes. */
export function bytesNeeded(rows: Rows): Needed {
  const tables = Object.keys(SHOP) as (keyof typeof SHOP)[];
  return {
    shop: tables.reduce((sum, table) => sum + rows[table] * SHOP[table], 0),
    proposals: rows.orders * PROPOSALS_PER_ORDER,
    working: rows.orders * WORKING_PER_ORDER + WORKING_AT_LEAST,
  };
}

/** Bytes that this user may still write under `directory`. */
export async function freeBytesOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/** 'embedded-no-space' with the figures, or undefined when `free` bytes will do. */
export function checkSpace(
  scale: number,
  rows: Rows,
  free: number,
  directory: string,
): PgoptError | undefined {
  const { shop, proposals, working } = bytesNeeded(rows);
  const all = shop + proposals + working;
  if (all <= free) return undefined;
  return new PgoptError(
    'embedded-no-space',
    `scale ${scale} needs about ${size(all)} of disk (shop ${size(shop)}, proposals ${size(proposals)}, ` +
      `working room ${size(working)}) and ${directory} has ${size(free)} free`,
  );
}

function size(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.ceil(bytes / 1e6)} MB`;
}

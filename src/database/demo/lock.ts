/**
 * An advisory lock in the database `postgres` allows one load of a shop at a time. Its holder removes what earlier
 * explorers left: killed loads, and shops that are no longer used.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from '../../base/databaseError.ts';
import { identifier } from '../../base/sql.ts';
import type { Link } from '../link.ts';
import { stopIfAborted } from './demo.ts';
import { type FoundShop, shopOfLoading } from './metadata.ts';

const POLL_MS = 200;

/** True when no other explorer is loading this shop; then none will until `unlock` or the end of this connection. */
async function tryLock(link: Link, shop: string): Promise<boolean> {
  const [row] = await link.query('SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked', [shop]);
  return row?.locked === true;
}

/** Waits as long as it takes; calls `onWait` once, if it has to wait. */
export async function lock(
  link: Link,
  shop: string,
  signal: AbortSignal | undefined,
  onWait: () => void,
): Promise<void> {
  for (let isReported = false; !(await tryLock(link, shop)); ) {
    if (!isReported) onWait();
    isReported = true;
    await sleep(POLL_MS);
    stopIfAborted(signal);
  }
}

async function unlock(link: Link, shop: string): Promise<void> {
  await link.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [shop]);
}

/** Ends its sessions: a killed explorer's server session may still work on a chunk. */
export async function dropForced(link: Link, database: string): Promise<void> {
  await link.query(`DROP DATABASE IF EXISTS ${identifier(database)} WITH (FORCE)`);
}

/** Drops loading databases whose loader is gone: its lock is free. */
export async function sweepAbandonedLoads(link: Link, databases: Iterable<string>): Promise<void> {
  for (const database of databases) {
    const shop = shopOfLoading(database);
    if (shop === undefined || !(await tryLock(link, shop))) continue;
    try {
      await dropForced(link, database);
    } finally {
      await unlock(link, shop);
    }
  }
}

/** Drops those without a connected session; returns the others. */
export async function dropUnused(link: Link, shops: readonly FoundShop[]): Promise<FoundShop[]> {
  const kept: FoundShop[] = [];
  for (const shop of shops) {
    if (shop.sessions > 0 || !(await dropIfUnused(link, shop.database))) kept.push(shop);
  }
  return kept;
}

/** Without FORCE: the server itself refuses when a session connected meanwhile (55006). */
async function dropIfUnused(link: Link, database: string): Promise<boolean> {
  try {
    await link.query(`DROP DATABASE IF EXISTS ${identifier(database)}`);
    return true;
  } catch (error) {
    if (error instanceof DatabaseError && error.code === '55006') return false;
    throw error;
  }
}

/** Removes what earlier explorers left: loads that were killed in the middle, and shops that are no longer used. */
import { DatabaseError } from '../../base/databaseError.ts';
import { identifier } from '../../base/sql.ts';
import type { Link } from '../link.ts';
import { tryLock, unlock } from './lock.ts';
import type { FoundShop } from './metadata.ts';
import { shopOfLoading } from './names.ts';

/** Ends the sessions connected to it: a chunk that a killed explorer's server session is still working on. */
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

/** Drops those without a connected session; returns those that are still there. */
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

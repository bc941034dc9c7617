/** Removes lenses that are no longer used: their maker holds a lock, and a killed explorer's lock is free. */
import { DatabaseError } from '../../base/databaseError.ts';
import { identifier } from '../../base/sql.ts';
import type { Link } from '../../database/link.ts';
import { baseName, lensOf } from './names.ts';

/** @param link Of a superuser, in another database. */
export async function dropLens(link: Link, lens: string): Promise<void> {
  for (const database of [lens, baseName(lens)]) {
    // No template can be dropped; where there is no such database this fails, and nothing is to be done.
    await link.batch([`ALTER DATABASE ${identifier(database)} IS_TEMPLATE false`]);
    await link.query(`DROP DATABASE IF EXISTS ${identifier(database)} WITH (FORCE)`);
  }
  for (const role of [lens, baseName(lens)]) await link.query(`DROP ROLE IF EXISTS ${identifier(role)}`);
}

const KEY = 'hashtextextended($1, 0)';

export async function lockLens(link: Link, lens: string): Promise<boolean> {
  const [row] = await link.query(`SELECT pg_try_advisory_lock(${KEY}) AS locked`, [lens]);
  return row?.locked === true;
}

export async function sweepLenses(link: Link): Promise<void> {
  const rows = await link.query(
    `SELECT datname AS name FROM pg_database WHERE datname LIKE 'lens\\_%'
     UNION SELECT rolname FROM pg_roles WHERE rolname LIKE 'lens\\_%'`,
  );
  const lenses = new Set(rows.flatMap(({ name }) => lensOf(String(name)) ?? []));
  for (const lens of lenses) {
    if (!(await lockLens(link, lens))) continue;
    try {
      await dropLens(link, lens);
    } catch (error) {
      // One that cannot be dropped now must not keep everybody from making another; the next one tries again.
      if (!(error instanceof DatabaseError)) throw error;
    } finally {
      await link.query(`SELECT pg_advisory_unlock(${KEY})`, [lens]);
    }
  }
}

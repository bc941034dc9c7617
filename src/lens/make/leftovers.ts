/** Removes lenses without an owner: a lens's maker holds a lock, which ends with its process. */
import { DatabaseError } from '../../base/databaseError.ts';
import { identifier } from '../../base/sql.ts';
import type { Link } from '../../database/link.ts';
import { baseName, lensOf } from './roles.ts';

/** @param link A superuser's, in another database. */
export async function dropLens(link: Link, lens: string): Promise<void> {
  for (const database of [lens, baseName(lens)]) {
    // A template cannot be dropped. Without such a database this fails harmlessly.
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
      // A lens that cannot be dropped now must not prevent a new one; a later sweep tries again.
      if (!(error instanceof DatabaseError)) throw error;
    } finally {
      await link.query(`SELECT pg_advisory_unlock(${KEY})`, [lens]);
    }
  }
}

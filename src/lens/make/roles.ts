/** The two roles of a lens: they may connect, and what else there is they are given in their own database. */
import { identifier, literal } from '../../base/sql.ts';
import type { Link } from '../../database/link.ts';

/** @param superuser In any database. @throws DatabaseError */
export async function limitRole(superuser: Link, role: string, password: string): Promise<void> {
  const name = identifier(role);
  await superuser.query(
    `CREATE ROLE ${name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD ${literal(password)}`,
  );
  // The first it may lift itself: watch.ts ends what goes on all the same. Not the second.
  await superuser.query(`ALTER ROLE ${name} SET statement_timeout = 60000`);
  await superuser.query(`ALTER ROLE ${name} SET temp_file_limit = '256MB'`);
}

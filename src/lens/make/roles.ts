/**
 * The two roles of a lens and its databases, which have the roles' names. The base's role owns the tables. The reading role
 * may only plan: it owns nothing and writes nothing, so it cannot ANALYZE or VACUUM files of holes.
 */
import { identifier, literal } from '../../base/sql.ts';
import type { Link } from '../../database/link.ts';
import { LENS_HIDE, LENS_SCHEMA } from '../../session/hide.ts';
import type { LensDocument } from '../document.ts';

const PREFIX = 'lens_';
const BASE = '_base';

/** @param token Unique, [0-9a-z]. */
export const lensName = (token: string): string => `${PREFIX}${token}`;
export const baseName = (lens: string): string => `${lens}${BASE}`;

/** The lens that a database or role belongs to; undefined for others. */
export function lensOf(name: string): string | undefined {
  return /^(lens_[0-9a-z]+)(_base)?$/.exec(name)?.[1];
}

/** Creates a role that may only connect. @param superuser In any database. @throws DatabaseError */
export async function limitRole(superuser: Link, role: string, password: string): Promise<void> {
  const name = identifier(role);
  await superuser.query(
    `CREATE ROLE ${name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD ${literal(password)}`,
  );
  // The role can change statement_timeout itself, which watchRoles() covers; not temp_file_limit.
  await superuser.query(`ALTER ROLE ${name} SET statement_timeout = 60000`);
  await superuser.query(`ALTER ROLE ${name} SET temp_file_limit = '256MB'`);
}

const LARGE_OBJECTS = [
  ...['lo_creat(int4)', 'lo_create(oid)', 'lo_from_bytea(oid, bytea)', 'lo_put(oid, int8, bytea)'],
  ...['lowrite(int4, bytea)', 'lo_truncate(int4, int4)', 'lo_truncate64(int4, int8)'],
];

/** @param superuser In the base, with search_path = pg_catalog. @throws DatabaseError */
export async function grantReading(
  superuser: Link,
  document: LensDocument,
  role: string,
  ownSchema: string,
): Promise<void> {
  const to = identifier(role);
  const needed = [
    // Before 16 they write even in a READ ONLY transaction.
    ...LARGE_OBJECTS.map(name => `REVOKE EXECUTE ON FUNCTION pg_catalog.${name} FROM PUBLIC`),
    `CREATE SCHEMA ${LENS_SCHEMA}`,
    // Hides proposals from the planner: it ignores invalid indexes and statistics without data.
    `CREATE FUNCTION ${LENS_HIDE}(indexes oid[], statistics oid[]) RETURNS void LANGUAGE sql SECURITY DEFINER
     SET search_path = pg_catalog, pg_temp AS $$
       UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid = ANY (indexes);
       DELETE FROM pg_catalog.pg_statistic_ext_data WHERE stxoid = ANY (statistics);
     $$`,
    `REVOKE ALL ON FUNCTION ${LENS_HIDE} FROM PUBLIC`,
    `GRANT USAGE ON SCHEMA ${LENS_SCHEMA} TO ${to}`,
    `GRANT EXECUTE ON FUNCTION ${LENS_HIDE} TO ${to}`,
    'REVOKE CREATE ON SCHEMA public FROM PUBLIC',
  ];
  for (const sql of needed) await superuser.query(sql);
  // A schema may be missing if it could not be created.
  await superuser.batch(
    [...new Set(['public', ...document.schemas, ownSchema])].flatMap(name => [
      `GRANT USAGE ON SCHEMA ${identifier(name)} TO ${to}`,
      // Statements that write are planned too, in a READ ONLY transaction.
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${identifier(name)} TO ${to}`,
    ]),
  );
}

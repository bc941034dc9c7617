/**
 * Who looks through a lens may do no more than ask for plans. Its role owns nothing and writes nothing, so that it can neither
 * analyze nor vacuum a file of holes; what hides proposals from the planner is a function of the superuser's.
 */
import { identifier } from '../../base/sql.ts';
import type { Link } from '../../database/link.ts';
import { LENS_HIDE, LENS_SCHEMA } from '../../session/hide.ts';
import type { LensDocument } from '../document.ts';

const LARGE_OBJECTS = [
  ...['lo_creat(int4)', 'lo_create(oid)', 'lo_from_bytea(oid, bytea)', 'lo_put(oid, int8, bytea)'],
  ...['lowrite(int4, bytea)', 'lo_truncate(int4, int4)', 'lo_truncate64(int4, int8)'],
];

/** @param superuser Of the base, with search_path = pg_catalog. @throws DatabaseError */
export async function guard(
  superuser: Link,
  document: LensDocument,
  role: string,
  ownSchema: string,
): Promise<void> {
  const to = identifier(role);
  const needed = [
    // Before 16 they write in a transaction that only reads.
    ...LARGE_OBJECTS.map(name => `REVOKE EXECUTE ON FUNCTION pg_catalog.${name} FROM PUBLIC`),
    `CREATE SCHEMA ${LENS_SCHEMA}`,
    // Statistics without data are none to the planner.
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
  // Some may have failed to be made.
  await superuser.batch(
    [...new Set(['public', ...document.schemas, ownSchema])].flatMap(name => [
      `GRANT USAGE ON SCHEMA ${identifier(name)} TO ${to}`,
      `GRANT SELECT ON ALL TABLES IN SCHEMA ${identifier(name)} TO ${to}`,
    ]),
  );
}

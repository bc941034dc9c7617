/**
 * Who looks through a lens may do no more than ask for plans. Its role owns nothing and writes nothing, so that it can neither
 * analyze nor vacuum a file of holes; what hides proposals from the planner is a function of the superuser's.
 */
import { identifier, type Link } from '../../database/link.ts';
import { LENS_HIDE } from '../../session/hide.ts';
import type { LensDocument } from '../document.ts';

/** @param superuser Of the base, with search_path = pg_catalog. @throws DatabaseError */
export async function guard(
  superuser: Link,
  document: LensDocument,
  role: string,
  ownSchema: string,
): Promise<void> {
  const [schema = ''] = LENS_HIDE.split('.');
  const to = identifier(role);
  const needed = [
    `CREATE SCHEMA ${identifier(schema)}`,
    // Statistics without data are none to the planner.
    `CREATE FUNCTION ${LENS_HIDE}(indexes oid[], statistics oid[]) RETURNS void LANGUAGE sql SECURITY DEFINER
     SET search_path = pg_catalog, pg_temp AS $$
       UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid = ANY (indexes);
       DELETE FROM pg_catalog.pg_statistic_ext_data WHERE stxoid = ANY (statistics);
     $$`,
    `REVOKE ALL ON FUNCTION ${LENS_HIDE} FROM PUBLIC`,
    `GRANT USAGE ON SCHEMA ${identifier(schema)} TO ${to}`,
    `GRANT EXECUTE ON FUNCTION ${LENS_HIDE} TO ${to}`,
    'REVOKE CREATE ON SCHEMA public FROM PUBLIC',
  ];
  for (const sql of needed) await superuser.query(sql);
  // The session's own schema is there only if a view is; others may have failed to be made.
  await superuser.batch(
    [...new Set(['public', ...document.schemas, ownSchema])].flatMap(name => [
      `GRANT USAGE ON SCHEMA ${identifier(name)} TO ${to}`,
      `GRANT SELECT ON ALL TABLES IN SCHEMA ${identifier(name)} TO ${to}`,
    ]),
  );
}

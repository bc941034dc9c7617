import { OF_USERS } from '../../../database/schemas.ts';
import { HAS_RULES } from './collations.ts';
import { CALLABLE } from './functions.ts';
import { notOfExtension } from './parts.ts';

/** A thing of a user's in one of the catalogs whose rows have a name and a schema. */
const named = (kind: string, letter: string, catalog: string, prefix: string, where = 'true'): string => `
  SELECT '${kind}' AS kind, '${letter}:' || o.oid AS key, n.nspname AS schema, o.${prefix}name::text AS name
  FROM ${catalog} o JOIN pg_namespace n ON n.oid = o.${prefix}namespace
  WHERE ${where} AND ${OF_USERS} AND ${notOfExtension(catalog, 'o.oid')}`;

/** What a lens does not have, by kind (words for them: ../unsupported.ts). No key: nothing can need it. */
export const UNSUPPORTED = [
  `SELECT CASE c.relkind WHEN 'f' THEN 'foreign table' ELSE 'sequence' END AS kind, 'r:' || c.oid AS key, n.nspname AS schema, c.relname::text AS name
   FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('f', 'S') AND ${OF_USERS} AND ${notOfExtension('pg_class', 'c.oid')}`,
  `SELECT 'table of an extension', 'r:' || c.oid, n.nspname, c.relname::text
   FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'm') AND ${OF_USERS} AND NOT ${notOfExtension('pg_class', 'c.oid')}`,
  `SELECT CASE WHEN p.prokind = 'a' THEN 'aggregate' ELSE 'function' END, 'f:' || p.oid, n.nspname, p.proname || '()'
   FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
   WHERE NOT (l.lanname IN ('sql', 'plpgsql') AND p.prokind = 'f') AND ${CALLABLE} AND ${OF_USERS} AND ${notOfExtension('pg_proc', 'p.oid')}
     AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 'pg_proc'::regclass AND i.objid = p.oid AND i.deptype = 'i')`,
  `SELECT 'type', 't:' || t.oid, n.nspname, t.typname::text
   FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_range r ON r.rngtypid = t.oid
   WHERE ((t.typtype = 'b' AND t.typcategory <> 'A') OR r.rngcanonical::oid <> 0) AND ${OF_USERS} AND ${notOfExtension('pg_type', 't.oid')}`,
  named('operator', 'o', 'pg_operator', 'opr'),
  named('operator class', 'p', 'pg_opclass', 'opc'),
  named('operator family', 'y', 'pg_opfamily', 'opf'),
  named('collation', 'l', 'pg_collation', 'coll', HAS_RULES),
  named('text search configuration', 'x', 'pg_ts_config', 'cfg'),
  named('text search dictionary', 'w', 'pg_ts_dict', 'dict'),
  `SELECT DISTINCT 'rule', NULL, n.nspname, c.relname::text
   FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE w.ev_type <> '1' AND ${OF_USERS} AND ${notOfExtension('pg_class', 'c.oid')}`,
  `SELECT 'row security', NULL, n.nspname, c.relname::text
   FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relrowsecurity AND ${OF_USERS} AND ${notOfExtension('pg_class', 'c.oid')}`,
]
  .join('\n  UNION ALL ')
  .concat('\n  ORDER BY 1, 3, 4');

import { OF_USERS } from '../../../database/schemas.ts';
import { LOCKED, notOfExtension } from './parts.ts';

/** Those that a query can call: no procedures, no trigger functions. */
export const CALLABLE = `p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype) AND p.prokind <> 'p'`;

/** NULL instead of a definition whose parsed body reads a table that another session has locked. */
export const FUNCTIONS = `
  WITH ${LOCKED}
  SELECT p.oid::text AS id, n.nspname AS schema, p.proname AS name,
         CASE WHEN NOT EXISTS (
           SELECT FROM pg_depend x JOIN locked ON locked.oid = x.refobjid
           WHERE x.classid = 'pg_proc'::regclass AND x.objid = p.oid AND x.refclassid = 'pg_class'::regclass)
         THEN pg_get_functiondef(p.oid) END AS definition
  FROM pg_proc p
  JOIN pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_language l ON l.oid = p.prolang
  WHERE l.lanname IN ('sql', 'plpgsql') AND p.prokind = 'f' AND ${CALLABLE}
    AND ${OF_USERS} AND ${notOfExtension('pg_proc', 'p.oid')}
  ORDER BY n.nspname, p.proname, p.oid`;

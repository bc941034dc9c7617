import { OF_USERS } from '../../../database/schemas.ts';
import { LOCKED, notOfExtension, readsLocked } from './parts.ts';

export const VIEWS = `
  WITH ${LOCKED}
  SELECT c.oid::text AS id, n.nspname AS schema, c.relname AS name, to_json(c.reloptions) AS options,
         CASE WHEN NOT ${readsLocked('c.oid')} THEN pg_get_viewdef(c.oid) END AS definition
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'v' AND c.relpersistence <> 't' AND ${OF_USERS} AND ${notOfExtension('pg_class', 'c.oid')}
  ORDER BY n.nspname, c.relname`;

import { OF_USERS } from '../../../database/schemas.ts';
import { notOfExtension } from './parts.ts';

/** Rules that change an order of ICU's (16). */
export const HAS_RULES = `to_jsonb(o) ->> 'collicurules' IS NOT NULL`;

/** Those of users; what the locale is called has changed its column twice. */
export const COLLATIONS = `
  SELECT o.oid::text AS id, n.nspname AS schema, o.collname AS name,
         CASE o.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END AS provider,
         coalesce(to_jsonb(o) ->> 'colllocale', to_jsonb(o) ->> 'colliculocale', o.collcollate) AS locale,
         o.collisdeterministic AS deterministic
  FROM pg_collation o JOIN pg_namespace n ON n.oid = o.collnamespace
  WHERE NOT (${HAS_RULES}) AND ${OF_USERS} AND ${notOfExtension('pg_collation', 'o.oid')}
  ORDER BY n.nspname, o.collname`;

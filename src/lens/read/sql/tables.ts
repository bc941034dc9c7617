import { OF_USERS } from '../../../database/schemas.ts';
import { blocks, LOCKED, notOfExtension, readsLocked, realBlocks } from './parts.ts';

/** A partition that is being detached is none to the planner. */
const parents = (major: number): string => `
  SELECT json_agg(i.inhparent::text ORDER BY i.inhseqno) FROM pg_inherits i
  WHERE i.inhrelid = c.oid${major >= 14 ? ' AND NOT i.inhdetachpending' : ''}`;

/**
 * The bound is printed as of no relation: it has no columns in it, and so nothing is opened for it. Heirs come by their age, as
 * the planner appends them.
 */
export const tables = (major: number): string => `
  WITH ${LOCKED}
  SELECT c.oid::text AS id, n.nspname AS schema, c.relname AS name, c.relkind AS kind,
         ${major < 14 ? 'CASE WHEN c.reltuples = 0 AND c.relpages = 0 THEN -1 ELSE c.reltuples END' : 'c.reltuples'}::float8 AS rows,
         ${realBlocks('locked')} AS pages, ${blocks('c.relpages')} AS "countedPages",
         ${blocks('c.relallvisible')} AS "allVisiblePages",
         CASE WHEN c.reltoastrelid <> 0 AND NOT locked AND c.reltoastrelid NOT IN (SELECT oid FROM locked)
           THEN pg_total_relation_size(c.reltoastrelid) ELSE 0 END::float8 AS "toastBytes",
         to_json(c.reloptions) AS options,
         CASE WHEN c.relkind = 'p' AND NOT locked THEN pg_get_partkeydef(c.oid) END AS "partitionKey",
         pg_get_expr(c.relpartbound, 0) AS "partitionBound",
         (${parents(major)}) AS parents,
         CASE WHEN c.relkind = 'm' AND NOT ${readsLocked('c.oid')} THEN pg_get_viewdef(c.oid) END AS definition,
         locked, m.amname AS method
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL (SELECT c.oid IN (SELECT oid FROM locked) AS locked) AS held
  CROSS JOIN LATERAL (SELECT CASE WHEN NOT c.relispartition AND EXISTS (
    SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid) THEN c.oid END AS age) AS heir
  LEFT JOIN pg_am m ON m.oid = c.relam
  WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't'
    AND ${OF_USERS} AND ${notOfExtension('pg_class', 'c.oid')}
  ORDER BY c.relkind = 'm', heir.age NULLS FIRST, n.nspname, c.relname`;

/** What PostgreSQL 18 has not yet found to be true of the rows that were there does not count as NOT NULL. */
const NOT_NULL = `a.attnotnull AND NOT EXISTS (
  SELECT FROM pg_constraint k WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND NOT k.convalidated AND k.conkey = ARRAY[a.attnum])`;

export const COLUMNS = `
  WITH ${LOCKED}
  SELECT c.oid::text AS "table", a.attnum AS number, a.attisdropped AS dropped, a.attname AS name,
         CASE WHEN NOT a.attisdropped THEN format_type(a.atttypid, a.atttypmod) END AS type,
         ${NOT_NULL} AS "notNull",
         CASE WHEN a.attcollation <> t.typcollation THEN (
           SELECT quote_ident(cn.nspname) || '.' || quote_ident(l.collname)
           FROM pg_collation l JOIN pg_namespace cn ON cn.oid = l.collnamespace WHERE l.oid = a.attcollation) END AS collation,
         a.attgenerated AS generated,
         CASE WHEN a.attgenerated <> '' AND c.oid NOT IN (SELECT oid FROM locked) THEN pg_get_expr(d.adbin, d.adrelid) END AS expression,
         has_column_privilege(c.oid, a.attnum, 'SELECT') AND NOT row_security_active(c.oid) AS readable
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attnum > 0 AND c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND ${OF_USERS}
  ORDER BY c.oid, a.attnum`;

import { OF_USERS } from '../../../database/schemas.ts';
import { notOfExtension } from './parts.ts';

export const EXTENSIONS = `
  SELECT x.extname AS name, n.nspname AS schema, x.extversion AS version
  FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace WHERE x.extname <> 'plpgsql' ORDER BY x.extname`;

/** Enums, domains, composites and ranges. A range's own functions cannot be had before it is made. */
export const TYPES = `
  SELECT t.oid::text AS id, n.nspname AS schema, t.typname AS name, t.typtype AS kind,
         CASE t.typtype WHEN 'e' THEN (
           SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid) END AS labels,
         CASE t.typtype WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod) END AS base,
         t.typnotnull AS "notNull",
         CASE t.typtype WHEN 'd' THEN (
           SELECT json_agg(json_build_object('id', k.oid::text, 'name', k.conname, 'definition', pg_get_constraintdef(k.oid)) ORDER BY k.conname)
           FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c') END AS checks,
         CASE t.typtype WHEN 'c' THEN (
           SELECT json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum)
           FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) END AS attributes,
         CASE t.typtype WHEN 'r' THEN format_type(r.rngsubtype, NULL) END AS subtype,
         CASE WHEN r.rngsubdiff::oid BETWEEN 1 AND 16383 THEN r.rngsubdiff::text END AS difference
  FROM pg_type t
  JOIN pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_class c ON c.oid = t.typrelid
  LEFT JOIN pg_range r ON r.rngtypid = t.oid
  WHERE (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND c.relkind = 'c'))
    AND (r.rngcanonical IS NULL OR r.rngcanonical::oid = 0)
    AND ${OF_USERS} AND ${notOfExtension('pg_type', 't.oid')}
  ORDER BY n.nspname, t.typname`;

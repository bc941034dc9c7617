import { OF_USERS } from '../../../database/schemas.ts';
import { blocks, LOCKED, realBlocks } from './parts.ts';

/** What a partition or a child has from its parent is the parent's; constraint triggers and NOT NULL are not for here. */
export const CONSTRAINTS = `
  WITH ${LOCKED}
  SELECT k.oid::text AS id, k.conrelid::text AS "table", k.conname AS name, k.contype AS kind,
         CASE WHEN c.oid NOT IN (SELECT oid FROM locked) THEN pg_get_constraintdef(k.oid) END AS definition
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE k.contype IN ('c', 'p', 'u', 'x', 'f') AND k.conparentid = 0 AND k.coninhcount = 0
    AND c.relpersistence <> 't' AND ${OF_USERS}
  ORDER BY k.conrelid, k.contype = 'f', k.contype NOT IN ('p', 'u'), k.conname`;

/** In the order of their oids: of two that cost the same the planner takes the one that its list, which is in that order, gives it. */
export const INDEXES = `
  WITH ${LOCKED}
  SELECT c.oid::text AS id, i.indrelid::text AS "table", n.nspname AS schema, c.relname AS name, m.amname AS method,
         CASE WHEN i.indrelid NOT IN (SELECT oid FROM locked) THEN pg_get_indexdef(c.oid) END AS definition,
         i.indisvalid AND i.indisready AND i.indislive AS valid, c.reltuples::float8 AS rows,
         ${realBlocks('(c.oid IN (SELECT oid FROM locked))')} AS pages, ${blocks('c.relpages')} AS "countedPages",
         k.oid::text AS "constraintId", k.conname AS constraint,
         h.inhparent::text AS parent,
         i.indexprs IS NOT NULL AS expressions,
         CASE WHEN i.indexprs IS NULL THEN to_json(i.indkey::int2[]) END AS columns,
         i.indnkeyatts AS "keyColumns", i.indisunique AS unique,
         has_column_privilege(c.oid, 1::smallint, 'SELECT') AND NOT row_security_active(i.indrelid) AS readable
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_am m ON m.oid = c.relam
  LEFT JOIN pg_inherits h ON h.inhrelid = c.oid
  LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
  WHERE c.relpersistence <> 't' AND ${OF_USERS}
  ORDER BY i.indrelid, c.oid`;

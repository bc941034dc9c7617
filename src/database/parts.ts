/**
 * What a table consists of. A partitioned table stores nothing itself: its rows and pages are those of its partitions. From
 * PostgreSQL 14 on pg_class.reltuples of a partitioned table is their sum (and relpages is -1), before that it is 0: code that
 * adds it to theirs counts twice. All here reads pg_inherits, and so waits for no lock.
 */

/** A subquery: a relation (a table or an index) and all its partitions, as `part (oid)`. @param oid An SQL expression. */
export const treeOf = (oid: string): string => `
  (WITH RECURSIVE tree (oid) AS (
     SELECT ${oid}::pg_catalog.oid UNION ALL
     SELECT h.inhrelid FROM tree JOIN pg_catalog.pg_inherits h ON h.inhparent = tree.oid
     JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid AND c.relispartition
   ) SELECT tree.oid FROM tree) part`;

/** An expression: how many rows of a table are here, as last counted. @param oid An SQL expression. */
export const rowsOf = (oid: string): string => `
  (SELECT coalesce(sum(greatest(stored.reltuples, 0)), 0)::float8
   FROM ${treeOf(oid)} JOIN pg_catalog.pg_class stored ON stored.oid = part.oid AND stored.relkind IN ('r', 'm'))`;

/**
 * SQL about the parts of a table. A partitioned table's own pg_class.reltuples is the sum of its partitions' from
 * PostgreSQL 14 on, and 0 before: adding it to theirs would count twice. Reads pg_inherits, so it waits for no lock.
 */

/**
 * The schema of chunks: child tables in which TimescaleDB stores a hypertable. Each chunk has an index that is named
 * after the hypertable's; no row of the catalog ties the two together.
 */
const CHUNKS = `pg_catalog.to_regnamespace('_timescaledb_internal')`;

/** SQL condition: a relation is a chunk, or an index on one. @param relation Its row of pg_class. */
export const isChunk = (relation: string): string => `coalesce(${relation}.relnamespace = ${CHUNKS}, false)`;

/**
 * SQL condition: a relation is a hypertable, which has a trigger of the extension or chunks.
 * @param relation Its row of pg_class.
 */
export const isHypertable = (relation: string): string => `${relation}.relkind = 'r' AND (
    EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE g.tgrelid = ${relation}.oid AND g.tgname = 'ts_insert_blocker')
    OR EXISTS (SELECT FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class k ON k.oid = h.inhrelid
               WHERE h.inhparent = ${relation}.oid AND ${isChunk('k')}))`;

/** Subquery: a relation (a table or an index) and all its partitions, as `part (oid)`. @param oid An SQL expression. */
export const treeOf = (oid: string): string => `
  (WITH RECURSIVE tree (oid) AS (
     SELECT ${oid}::pg_catalog.oid UNION ALL
     SELECT below.oid FROM tree CROSS JOIN LATERAL (
       SELECT h.inhrelid AS oid FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid
       WHERE h.inhparent = tree.oid AND (c.relispartition OR c.relnamespace = ${CHUNKS})
       UNION ALL
       SELECT own.oid FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class whole ON whole.oid = i.indexrelid
       JOIN pg_catalog.pg_inherits h ON h.inhparent = i.indrelid
       JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid AND c.relnamespace = ${CHUNKS}
       JOIN pg_catalog.pg_class own ON own.relnamespace = c.relnamespace
         AND own.relname = (c.relname || '_' || whole.relname)::pg_catalog.name AND own.relkind = 'i'
       WHERE i.indexrelid = tree.oid
     ) below
   ) SELECT tree.oid FROM tree) part`;

/** FROM item: the relation `$1` and its partitions, as `tree (oid, parent, level)`. */
export const PARTITION_TREE = `(
    SELECT $1::oid AS oid, NULL::oid AS parent, 0 AS level
    UNION ALL SELECT relid::oid, parentrelid::oid, level FROM pg_catalog.pg_partition_tree($1::oid) WHERE level > 0
  ) tree`;

/** SQL expression: the number of rows in a table and its parts, as last counted. @param oid An SQL expression. */
export const rowsOf = (oid: string): string => `
  (SELECT coalesce(sum(greatest(stored.reltuples, 0)), 0)::float8
   FROM ${treeOf(oid)} JOIN pg_catalog.pg_class stored ON stored.oid = part.oid AND stored.relkind IN ('r', 'm'))`;

/** Columns: what pg_stats, as `p`, has about a column. The casts leave only PostgreSQL's own operators to choose. */
export const COLUMN_STATISTICS = `p.most_common_vals::text::text[] AS common, p.histogram_bounds::text::text[] AS histogram,
  p.most_common_freqs::float8[] AS frequencies,
  -- pg_stats lists them in the order of their values.
  ARRAY(SELECT e.element FROM ROWS FROM (pg_catalog.unnest(p.most_common_elems::text::text[]), pg_catalog.unnest(p.most_common_elem_freqs)) e (element, share)
        WHERE e.element IS NOT NULL ORDER BY e.share DESC) AS elements`;

/** Condition on pg_namespace `n`: a user's schema, neither PostgreSQL's nor TimescaleDB's, nor for TOAST or temporary tables. */
export const OF_USERS = `n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname NOT LIKE 'pg\\_toast%' AND n.nspname NOT LIKE 'pg\\_temp%'
  AND n.nspname NOT LIKE '\\_timescaledb\\_%'`;

/**
 * SQL condition: an index serves the lookups of a foreign key. It is valid, covers all rows or those with a value in a column
 * of the key, and begins with the key's columns in any order.
 * @param key Its row of pg_constraint.
 * @param which Further condition on the index, `i` of pg_index.
 */
export const hasIndexOfKey = (key: string, which = 'true'): string => {
  const count = `pg_catalog.cardinality(${key}.conkey)`;
  // An int2vector counts from 0.
  const first = `(i.indkey::int2[])[0:${count} - 1]`;
  return `EXISTS (
    SELECT FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
    JOIN pg_catalog.pg_am am ON am.oid = ic.relam
    WHERE i.indrelid = ${key}.conrelid AND i.indisvalid AND am.amname IN ('btree', 'hash')
      AND ${which} AND i.indnkeyatts >= ${count} AND ${first} @> ${key}.conkey AND ${first} <@ ${key}.conkey
      AND (i.indpred IS NULL OR pg_catalog.pg_get_expr(i.indpred, i.indrelid) IN (
        SELECT '(' || pg_catalog.quote_ident(a.attname) || ' IS NOT NULL)' FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = i.indrelid AND a.attnum = ANY (${key}.conkey))))`;
};

/** Parts that the statements of a lens share. All of them run with search_path = pg_catalog: names need no schema here. */

/**
 * Relations that another session holds, or waits for, in ACCESS EXCLUSIVE mode: the server's own functions that print
 * definitions and sizes would wait for them. A CTE `locked`.
 */
export const LOCKED = `locked AS MATERIALIZED (
  SELECT DISTINCT l.relation AS oid FROM pg_locks l JOIN pg_database d ON d.oid = l.database
  WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND d.datname = current_database()
    AND l.pid IS DISTINCT FROM pg_backend_pid())`;

/** Condition: `object`, of the catalog `catalog`, came with no extension, which makes it itself. */
export const notOfExtension = (catalog: string, object: string): string =>
  `NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '${catalog}'::regclass AND e.objid = ${object} AND e.deptype = 'e')`;

/** Condition: another session has locked a relation that the rule of view `view`, or the view itself, reads. */
export const readsLocked = (view: string): string =>
  `EXISTS (SELECT FROM pg_rewrite w
     JOIN pg_depend x ON x.classid = 'pg_rewrite'::regclass AND x.objid = w.oid AND x.refclassid = 'pg_class'::regclass
     JOIN locked ON locked.oid = x.refobjid WHERE w.ev_class = ${view})`;

/** A number of blocks: the catalog's is unsigned in a signed column, and -1 for a partitioned table that was analyzed. */
export const blocks = (column: string): string =>
  `CASE WHEN c.relkind IN ('p', 'I') THEN 0 ELSE ${column}::bigint & 4294967295 END::float8`;

/** Blocks of the main fork that are really there; NULL where asking would wait, or the relation is gone by now. */
export const realBlocks = (isLocked: string): string =>
  `CASE WHEN c.relkind IN ('p', 'I') THEN 0 WHEN NOT ${isLocked}
     THEN pg_relation_size(c.oid) / current_setting('block_size')::int END::float8`;

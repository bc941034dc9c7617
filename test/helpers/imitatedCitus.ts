/**
 * An imitation of Citus 13 for servers without it: its catalogs and the functions that a session calls, entered as an extension. What
 * is imitated: shards are heirs of the shell in the same database, so a query on the shell reads them, and CREATE and DROP INDEX on
 * it are passed on by event triggers. A question to all nodes runs under the path of another connection, as in Citus. Not imitated:
 * other servers, settings that travel there, and plans of tasks.
 */
export const imitatedCitus = (group: number): readonly string[] => [
  'SET allow_system_table_mods = on',
  `INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
   SELECT 4000000001, 'citus', 10, oid, true, '13.2-1' FROM pg_namespace WHERE nspname = 'pg_catalog'`,
  'CREATE TABLE pg_catalog.pg_dist_local_group (groupid int)',
  `INSERT INTO pg_catalog.pg_dist_local_group VALUES (${group})`,
  'CREATE TABLE pg_catalog.pg_dist_node (groupid int, nodename text, nodeport int)',
  "INSERT INTO pg_catalog.pg_dist_node VALUES (0, 'head', 5432), (1, 'arm', 5433)",
  'CREATE TABLE pg_catalog.pg_dist_shard (logicalrelid regclass, shardid bigint)',
  'CREATE TABLE pg_catalog.pg_dist_placement (shardid bigint, groupid int)',
  'GRANT SELECT ON pg_catalog.pg_dist_local_group, pg_catalog.pg_dist_node, pg_catalog.pg_dist_shard, pg_catalog.pg_dist_placement TO public',
  `CREATE FUNCTION pg_catalog.shard_name(regclass, bigint) RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog AS
   $$ SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname || '_' || $2) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1 $$`,
  `CREATE FUNCTION pg_catalog.run_command_on_all_nodes(command text, OUT nodeid int, OUT success boolean, OUT result text)
   RETURNS SETOF record LANGUAGE plpgsql SET search_path = public AS
   $$ BEGIN nodeid := 1; success := true; EXECUTE command INTO result; RETURN NEXT; END $$`,
  `CREATE FUNCTION pass_on() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
   DECLARE made record; shard record;
   BEGIN
     FOR made IN SELECT d.objid, c.relname, i.indrelid, pg_get_indexdef(d.objid) AS text
                 FROM pg_event_trigger_ddl_commands() d JOIN pg_index i ON i.indexrelid = d.objid JOIN pg_class c ON c.oid = d.objid
                 WHERE d.command_tag = 'CREATE INDEX' LOOP
       FOR shard IN SELECT s.shardid, s.logicalrelid FROM pg_dist_shard s WHERE s.logicalrelid = made.indrelid LOOP
         EXECUTE format('CREATE INDEX %I ON %s %s', made.relname || '_' || shard.shardid, shard_name(shard.logicalrelid, shard.shardid),
                        substring(made.text from 'USING .*$'));
       END LOOP;
     END LOOP;
   END $$`,
  "CREATE EVENT TRIGGER pass_on ON ddl_command_end WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION pass_on()",
  `CREATE FUNCTION drop_on() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
   DECLARE gone record;
   BEGIN
     IF (SELECT count(*) FROM pg_event_trigger_dropped_objects() WHERE original) > 1 THEN
       RAISE 'cannot drop multiple distributed objects in a single command';
     END IF;
     FOR gone IN SELECT x.oid::regclass AS name FROM pg_event_trigger_dropped_objects() d
                 JOIN pg_dist_shard s ON true JOIN pg_class x ON x.relname = d.object_name || '_' || s.shardid AND x.relkind = 'i'
                 WHERE d.object_type = 'index' LOOP
       EXECUTE format('DROP INDEX %s', gone.name);
     END LOOP;
   END $$`,
  "CREATE EVENT TRIGGER drop_on ON sql_drop WHEN TAG IN ('DROP INDEX') EXECUTE FUNCTION drop_on()",
];

/** @param shards Numbers of its shards. */
export const distributed = (table: string, shards: readonly number[]): readonly string[] =>
  shards.flatMap(shard => [
    `CREATE TABLE ${table}_${shard} () INHERITS (${table})`,
    `INSERT INTO pg_catalog.pg_dist_shard VALUES ('${table}', ${shard})`,
    `INSERT INTO pg_catalog.pg_dist_placement VALUES (${shard}, 1)`,
  ]);
